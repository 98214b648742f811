#include "vector.cl"

// What follows a layer's sum: activation, then inverted dropout by counter (see the host's Dropout).

#define IDENTITY 0
#define RELU 1
#define TANH 2
#define SIGMOID 3

typedef struct {
  int activation;
  int threshold;  // of 256; random bytes below it drop their element; 0 for no dropout
  float scale;    // of what is kept
  uint step, layer, seed_low, seed_high;
} Epilogue;

// The mask of a layer's dropout: 4 words for each 128 elements of a row, a bit an element, set where
// it is kept.
static int mask_words(int width) { return (width + 127) / 128 * 4; }

// x, scaled where the mask keeps it and 0 elsewhere; `column` is a multiple of LANES.
static vec drop(vec x, Epilogue e, global const uint *mask, int row, int column, int width) {
  const uint word = mask[(size_t)row * mask_words(width) + column / 32] >> column % 32;
  return ((ivec)(1) << LANE & (int)word) != 0 ? x * e.scale : (vec)(0.0f);
}

static vec epilogue(
    vec x, Epilogue e, global const uint *mask, int row, int column, int width) {
  switch (e.activation) {
    case RELU: x = x < 0.0f ? (vec)(0.0f) : x; break;  // keeps NaN
    case TANH: x = tanh(x); break;
    case SIGMOID: x = 1.0f / (1.0f + exp(-x)); break;
  }
  return e.threshold > 0 ? drop(x, e, mask, row, column, width) : x;
}

// dz from dy and the forward pass's y. For relu y itself tells what was dropped.
static vec epilogue_gradient(
    vec dy, vec y, Epilogue e, global const uint *mask, int row, int column, int width) {
  if (e.activation == RELU) return y > 0.0f ? dy * e.scale : (vec)(0.0f);
  vec dz = dy;
  if (e.threshold > 0) {
    dz = drop(dy, e, mask, row, column, width);
    y /= e.scale;
  }
  switch (e.activation) {
    case TANH: return dz * (1.0f - y * y);
    case SIGMOID: return dz * (y * (1.0f - y));
  }
  return dz;
}

// What becomes of a product before it is stored.
#define FORWARD 0     // epilogue(· + bias)
#define BACKWARD 1    // · ∘ epilogue'(y)
#define ACCUMULATE 2  // C + ·
#define ONWARD 3      // epilogue(C + · + bias)

// Up to LANES elements of a product in their last form, for FORWARD and BACKWARD; `y` is at those of the
// forward pass.
INLINE vec end_product(
    vec v, int n, int mode, global const float *bias, int has_bias, Epilogue e,
    global const uint *mask, global const float *y, int row, int column, int width) {
  if (mode == BACKWARD) return epilogue_gradient(v, load(y, n), e, mask, row, column, width);
  if (has_bias) v += load(bias + column, n);
  return epilogue(v, e, mask, row, column, width);
}
