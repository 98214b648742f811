#include "vector.cl"

// How the factors of tiled_product come to its work-items: as words, through local memory.
//
// ARITHMETIC is one of these, and on tensor cores EMULATED does by loops what the instructions do:
#define FLOATS 0
#define TF32 1      // numbers of 11 bits
#define BFLOAT16 2  // numbers of 8 bits
#define TF32X3 3    // numbers as sums of two of 11 bits: three products, which leave out that of the lower ones

// The rows and columns of a tile: layers are often 400 wide, and 5 tiles are just that. Rows are 64, 128 or 160, as the
// host chooses.
#ifndef ROWS_EACH
#define ROWS_EACH 128
#endif
#define COLUMNS_EACH 80
// What a work-item, or a warp of tensor cores, makes of a tile: so many sixteenths of its rows.
#define PARTS (ROWS_EACH / 16)
#define ITEMS (ARITHMETIC == FLOATS ? 160 : 128)
#define PACKED (ARITHMETIC == BFLOAT16 ? 2 : 1)

// A factor's number in TF32.
#define TF32_BITS 0xffffe000u

// So many words along the depth that the registers leave room for three work-groups or more on a core.
#ifndef STEP
#define STEP (ARITHMETIC == TF32 ? 16 : 8)
#endif

#if ARITHMETIC == FLOATS
typedef float word;
typedef float4 quad;
// Local memory has the words of a depth side by side, so that a work-item takes those of its rows, or columns, as
// vectors. From a depth to the next: what 32 neighbours write at once is in different banks.
#define PITCH_OF(size) ((size) + 4)
#define WORDS_OF(size) (STEP * PITCH_OF(size))
#else
typedef uint word;
typedef uint4 quad;
// Local memory has the words of a row, or column, side by side, four of which are what ldmatrix takes of it. From a row
// to the next: what 8 of them have is in different banks.
#define PITCH (STEP + 4)
#define WORDS_OF(size) ((size) * PITCH)
#endif

// From a row of sums to the next in local memory.
#define PITCH_OF_ROWS (COLUMNS_EACH + 4)

// The words of local memory: parts of both factors, or 16 rows of sums.
#define WORDS_OF_FACTORS (WORDS_OF(ROWS_EACH) + WORDS_OF(COLUMNS_EACH))
#define WORDS (WORDS_OF_FACTORS > 16 * PITCH_OF_ROWS ? WORDS_OF_FACTORS : 16 * PITCH_OF_ROWS)

// MARK: Words

// Up to four numbers that stand side by side at x, where there are n; all begin at a multiple of `alignment` of them.
INLINE float4 numbers(global const float *x, int n, int alignment) {
  if (n >= 4 && alignment == 4) return *(global const float4 *)x;
  if (n >= 4 && alignment == 2) {
    return (float4)(*(global const float2 *)x, *(global const float2 *)(x + 2));
  }
  return (float4)(load2(x, n), n > 2 ? x[2] : 0.0f, n > 3 ? x[3] : 0.0f);
}

#if ARITHMETIC == TF32

// To the nearest, ties away from 0, by an instruction that cuts the lower bits off; what is not finite stays so.
INLINE uint tf32_of(float x) {
  const uint word = isfinite(x) ? as_uint(x) + 0x1000u : as_uint(x);
#ifdef EMULATED
  return word & TF32_BITS;
#else
  return word;
#endif
}

#elif ARITHMETIC == BFLOAT16

#ifdef EMULATED
// The nearest bfloat16, ties to even; NaN stays NaN.
static uint nearest(float x) {
  const uint bits = as_uint(x);
  return (isnan(x) ? bits | 0x400000u : bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}
#endif

// Two numbers as a word.
INLINE uint pair_of(float first, float second) {
#ifdef EMULATED
  return nearest(first) | nearest(second) << 16;
#else
  uint both;
  __asm__("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
  return both;
#endif
}

#endif

// MARK: Factors

// What a work-item moves of a part of a factor, rows of A or columns of B by STEP words: four words in each of some
// turns, of a row, or column, where these follow each other in memory along the depth, else of four of them.
typedef struct {
  global const float *x;        // where the first number stands
  int goes_along, alignment;
  int count, left;              // how many rows or columns, and how much of the depth, are there from it on
  int more_across, more_along;  // how much further the next turn's word is
  int to, jump, pitch;          // where it goes in local memory, how far the next turn's is from it, and its quad's
  size_t stride;                // from the next turn's to this one's in memory
  size_t depth;                 // from a number to the next along the depth
} Share;

// `size` rows or columns.
INLINE Share share_of(
    global const float *x, int size, int stride, int step, int aligned, int count, int depth, int item) {
  Share s;
  const int line = step == 1 ? stride : step;
  s.goes_along = step == 1;
  s.alignment = !aligned || line % 2 ? 1 : line % 4 ? 2 : 4;
  int across, along;
  if (s.goes_along) {
    across = item / (STEP / 4);
    along = item % (STEP / 4) * 4;
    s.more_across = ITEMS / (STEP / 4);
    s.more_along = 0;
#if ARITHMETIC == FLOATS
  } else {
    across = item % (size / 4) * 4;
    along = item / (size / 4);
    s.more_across = 0;
    s.more_along = ITEMS / (size / 4);
  }
  s.to = along * PITCH_OF(size) + across;
  s.jump = s.more_along * PITCH_OF(size) + s.more_across;
  s.pitch = PITCH_OF(size);
#else
  } else {
    across = item / STEP * 4;
    along = item % STEP;
    s.more_across = ITEMS / STEP * 4;
    s.more_along = 0;
  }
  s.to = across * PITCH + along;
  s.jump = s.more_across * PITCH;
  s.pitch = PITCH;
#endif
  s.x = x + (size_t)across * stride + (size_t)(along * PACKED) * step;
  s.stride = (size_t)s.more_across * stride + (size_t)(s.more_along * PACKED) * step;
  s.depth = step;
  s.count = count - across;
  s.left = depth - along * PACKED;
  return s;
}

// How many turns it takes, and whether a work-item has something to do in one of them.
#define TURNS_OF(size) (((size) * STEP / 4 + ITEMS - 1) / ITEMS)
#define IS_ON(size, turn) \
  ((size) * STEP / 4 % ITEMS == 0 || (turn) + 1 < TURNS_OF(size) || item < (size) * STEP / 4 % ITEMS)

// The words of a turn. Where all that a tile reads is there and begins at whole vectors, nothing is asked.
INLINE quad fetch(Share s, int turn, const int is_whole) {
  global const float *x = s.x + turn * s.stride;
  int n = 4, m = 4;
  if (!is_whole) {
    const int count = s.count - turn * s.more_across, left = s.left - turn * s.more_along * PACKED;
    n = s.goes_along ? count > 0 ? left : 0 : left > 0 ? count : 0;
    m = s.goes_along ? n - 4 : left > 1 ? count : 0;
  }
  const int alignment = is_whole ? 4 : s.alignment;
  const float4 v = numbers(x, n, alignment);
#if ARITHMETIC == FLOATS
  return v;
#elif ARITHMETIC == TF32
  return (uint4)(tf32_of(v.x), tf32_of(v.y), tf32_of(v.z), tf32_of(v.w));
#elif ARITHMETIC == TF32X3
  return as_uint4(v);
#else
  // Of four pairs along the depth, or of four rows.
  const float4 w = numbers(x + (s.goes_along ? 4 : s.depth), m, alignment);
  return s.goes_along ? (uint4)(pair_of(v.x, v.y), pair_of(v.z, v.w), pair_of(w.x, w.y), pair_of(w.z, w.w))
                      : (uint4)(pair_of(v.x, w.x), pair_of(v.y, w.y), pair_of(v.z, w.z), pair_of(v.w, w.w));
#endif
}

// To where its turn's words go in local memory.
INLINE void keep(Share s, int turn, quad words, local word *factor) {
  local word *to = factor + s.to + turn * s.jump;
#if ARITHMETIC == FLOATS
  const int is_vector = !s.goes_along;
#else
  const int is_vector = s.goes_along;
#endif
  if (is_vector) {
    *(local quad *)to = words;
    return;
  }
  to[0] = words.x;
  to[s.pitch] = words.y;
  to[2 * s.pitch] = words.z;
  to[3 * s.pitch] = words.w;
}

// To the next part along the depth.
INLINE Share advanced(Share s) {
  s.x += s.depth * (STEP * PACKED);
  s.left -= STEP * PACKED;
  return s;
}
