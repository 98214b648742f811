// What follows a layer's sum: activation, then inverted dropout by counter (see the host's Dropout).

#define IDENTITY 0
#define RELU 1
#define TANH 2
#define SIGMOID 3

typedef struct {
  int activation;
  uint threshold;  // random words below it drop their element; 0 for no dropout
  float scale;     // of what is kept
  uint step, layer, seed_low, seed_high;
} Epilogue;

// The random words of LANES elements of a row; `column` is a multiple of 4, 4 elements a block.
static uvec dropout_words(Epilogue e, uint row, uint column) {
  const uint2 key = (uint2)(e.seed_low, e.seed_high);
#if LANES == 16
  uint4 words[4] = {row, column / 4 + (uint4)(0, 1, 2, 3), e.step, e.layer};
  philox4(words, key);
  uvec w;
  w.s048c = words[0];
  w.s159d = words[1];
  w.s26ae = words[2];
  w.s37bf = words[3];
  return w;
#else
  uint words[LANES];
  for (int i = 0; i < LANES; i += 4) {
    vstore4(philox((uint4)(row, (column + i) / 4, e.step, e.layer), key), 0, words + i);
  }
  return LOAD(words);
#endif
}

static vec epilogue(vec x, Epilogue e, int row, int column) {
  switch (e.activation) {
    case RELU: x = x < 0.0f ? (vec)(0.0f) : x; break;  // keeps NaN
    case TANH: x = tanh(x); break;
    case SIGMOID: x = 1.0f / (1.0f + exp(-x)); break;
  }
  if (e.threshold > 0) {
    x = dropout_words(e, row, column) < e.threshold ? (vec)(0.0f) : x * e.scale;
  }
  return x;
}

// dz from dy and the forward pass's y.
static vec epilogue_gradient(vec dy, vec y, Epilogue e, int row, int column) {
  if (e.activation == RELU) return y > 0.0f ? dy * e.scale : (vec)(0.0f);
  vec dz = dy;
  if (e.threshold > 0) {
    dz = dropout_words(e, row, column) < e.threshold ? (vec)(0.0f) : dy * e.scale;
    y /= e.scale;
  }
  switch (e.activation) {
    case TANH: return dz * (1.0f - y * y);
    case SIGMOID: return dz * (y * (1.0f - y));
  }
  return dz;
}
