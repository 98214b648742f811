#include "vector.cl"

// How the factors of tiled_product come to its work-items: as words, through local memory.
//
// ARITHMETIC is one of these, and on tensor cores EMULATED does by loops what the instructions do:
#define FLOATS 0
#define TF32 1      // numbers of 11 bits
#define BFLOAT16 2  // numbers of 8 bits
#define TF32X3 3    // numbers as sums of two of 11 bits: three products, which leave out that of the lower ones

#define SIDE 128
#define ITEMS (SIDE * SIDE / 64)
#define PACKED (ARITHMETIC == BFLOAT16 ? 2 : 1)

// A factor's number in TF32.
#define TF32_BITS 0xffffe000u

// So many words that 128 registers a work-item are enough, or nearly so: two work-groups share a core.
#define STEP (ARITHMETIC == TF32 ? 16 : 8)
#define TURNS (SIDE * STEP / ITEMS)

// From a word to the next along the depth: what the 32 lanes of a warp read is in different banks.
#define PITCH (SIDE + 8)

#if ARITHMETIC == FLOATS
typedef float word;
#else
typedef uint word;
#endif

// MARK: Words

#if ARITHMETIC == BFLOAT16
// The nearest bfloat16, ties to even; NaN stays NaN.
static uint nearest(float x) {
  const uint bits = as_uint(x);
  return (isnan(x) ? bits | 0x400000u : bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}
#endif

// A word of what stands at x, `step` apart, and of which there are n.
static word word_of(global const float *x, int step, int n) {
  const float first = n > 0 ? x[0] : 0.0f;
#if ARITHMETIC == FLOATS
  return first;
#elif ARITHMETIC == TF32
  // To the nearest, ties away from 0; what is not finite stays so, NaN with a bit that is kept.
  const uint bits = as_uint(first);
  return (isfinite(first) ? bits + 0x1000u : isnan(first) ? bits | 0x400000u : bits) & TF32_BITS;
#elif ARITHMETIC == TF32X3
  return as_uint(first);
#else
  const float second = n > 1 ? x[step] : 0.0f;
#ifdef EMULATED
  return nearest(first) | nearest(second) << 16;
#else
  uint both;
  __asm__("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
  return both;
#endif
#endif
}

// MARK: Factors

// What a work-item moves of a part of a factor, SIDE rows of A or columns of B by STEP words: one word in each
// of TURNS turns. Those of a row, or of a column, follow each other where they do so in memory.
typedef struct {
  global const float *x;       // where the first word stands
  int step;                    // from a number to the next along the depth
  int count, left;             // how many rows or columns, and how much of the depth, are there from it on
  int more_across, more_along; // how much further the next turn's word is
  int to, jump;                // where it goes in local memory, and how far the next turn's is from it
  size_t stride;               // from the next turn's to this one's in memory
} Share;

INLINE Share share_of(
    global const float *x, int stride, int step, int count, int depth, int item) {
  Share s;
  const int goes_along = step == 1;
  const int across = goes_along ? item / STEP : item % SIDE;
  const int along = goes_along ? item % STEP : item / SIDE;
  s.more_across = goes_along ? ITEMS / STEP : 0;
  s.more_along = goes_along ? 0 : ITEMS / SIDE * PACKED;
  s.stride = goes_along ? (size_t)stride * (ITEMS / STEP) : (size_t)step * (ITEMS / SIDE * PACKED);
  s.jump = goes_along ? ITEMS / STEP : ITEMS / SIDE * PITCH;
  s.to = along * PITCH + across;
  s.x = x + (size_t)across * stride + (size_t)(along * PACKED) * step;
  s.step = step;
  s.count = count - across;
  s.left = depth - along * PACKED;
  return s;
}

INLINE word fetch(Share s, int turn) {
  const int n = turn * s.more_across < s.count ? s.left - turn * s.more_along : 0;
  return word_of(s.x + turn * s.stride, s.step, n);
}

// To the next part along the depth.
INLINE Share advanced(Share s) {
  s.x += (size_t)s.step * (STEP * PACKED);
  s.left -= STEP * PACKED;
  return s;
}
