#include "epilogue.cl"

// Matrix products for devices whose work-groups share local memory, in floats or by the tensor cores of
// NVIDIA's GPUs.
//
// A work-group computes a tile of SIDE × SIDE numbers of C, a work-item 64 of them. Parts of A and B, SIDE ×
// STEP words, go through local memory, the next ones on their way in registers meanwhile. A word is a number,
// or two that follow each other along the depth in bfloat16.
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

// MARK: Sums

#if ARITHMETIC == FLOATS

// sums[i][j]: row i of the work-item's, the first or last 4 of its columns.
typedef vec Sums[8][2];

INLINE int column_of(int item, int j) { return item % 16 * 4 + j * (SIDE / 2); }

INLINE void multiply(int item, local const vec *left, local const vec *right, Sums sums) {
  const int row = item / 16, column = item % 16;
#pragma unroll
  for (int k = 0; k < STEP; ++k) {
    const vec upper = left[k * PITCH / 4 + row], lower = left[k * PITCH / 4 + row + SIDE / 8];
    const vec b[2] = {
        right[k * PITCH / 4 + column], right[k * PITCH / 4 + column + SIDE / 8]};
    const float a[8] = {
        upper.x, upper.y, upper.z, upper.w, lower.x, lower.y, lower.z, lower.w};
#pragma unroll
    for (int i = 0; i < 8; ++i) {
#pragma unroll
      for (int j = 0; j < 2; ++j) sums[i][j] = fma((vec)(a[i]), b[j], sums[i][j]);
    }
  }
}

// Part i of 8 of a tile is 16 rows, a work-item's row i.
INLINE int row_of(int part, int i) { return i * 4 + part % 4 + part / 4 * (SIDE / 2); }

INLINE void put(int item, int part, Sums sums, local vec *rows) {
#pragma unroll
  for (int j = 0; j < 2; ++j) rows[(item / 16 * PITCH + column_of(item, j)) / 4] = sums[part][j];
}

#else

// A warp of 32 work-items computes 64 × 32 numbers as 4 × 4 blocks of 16 × 8. Of a block's A, 16 × 8 words,
// its lane l has r of 4 at row l / 4 + r % 2 · 8 and word l % 4 + r / 2 · 4; of B, 8 words × 8, r of 2 at
// column l / 4 and word l % 4 + r · 4; and of C r of 4 at row l / 4 + r / 2 · 8 and column l % 4 · 2 + r % 2.
typedef float Sums[4][4][4];

INLINE int warp_row(int item) { return item / 32 / (SIDE / 32) * 64; }
INLINE int warp_column(int item) { return item / 32 % (SIDE / 32) * 32; }

#ifdef EMULATED

static float product_of(uint a, uint b) {
#if ARITHMETIC != BFLOAT16
  return as_float(a) * as_float(b);
#else
  return as_float(a << 16) * as_float(b << 16) +
         as_float(a & 0xffff0000u) * as_float(b & 0xffff0000u);
#endif
}

// Work-items show each other their words in `shown`, 24 rows of 8 a warp.
#define SHOWN local uint shown[ITEMS / 32 * 192];
INLINE void multiply_block(int item, const uint a[4], const uint b[2], float c[4], local uint *shown) {
  const int lane = item % 32;
  local uint *rows = shown + item / 32 * 192, *columns = rows + 128;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int r = 0; r < 4; ++r) rows[(lane / 4 + r % 2 * 8) * 8 + lane % 4 + r / 2 * 4] = a[r];
  for (int r = 0; r < 2; ++r) columns[lane / 4 * 8 + lane % 4 + r * 4] = b[r];
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int r = 0; r < 4; ++r) {
    const int row = lane / 4 + r / 2 * 8, column = lane % 4 * 2 + r % 2;
    for (int k = 0; k < 8; ++k) c[r] += product_of(rows[row * 8 + k], columns[column * 8 + k]);
  }
}

#else

#define SHOWN local uint *shown = 0;
#if ARITHMETIC != BFLOAT16
#define INSTRUCTION "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
#else
#define INSTRUCTION "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
#endif
INLINE void multiply_block(int item, const uint a[4], const uint b[2], float c[4], local uint *shown) {
  __asm__ volatile(
      INSTRUCTION " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#endif

#if ARITHMETIC == TF32X3

// The upper half of a number's bits, to the nearest, and what that leaves: the instruction cuts it off behind its own
// upper half. What is no number stays none in one of them.
static uint upper_of(uint word) { return word + 0x1000u & TF32_BITS; }

static uint rest_of(uint word) {
  const uint rest = as_uint(as_float(word) - as_float(upper_of(word)));
#ifdef EMULATED
  return rest & TF32_BITS;
#else
  return rest;
#endif
}

#endif

INLINE void multiply(
    int item, local const uint *left, local const uint *right, Sums sums, local uint *shown) {
  const int lane = item % 32;
  left += warp_row(item) + lane / 4 + lane % 4 * PITCH;
  right += warp_column(item) + lane / 4 + lane % 4 * PITCH;
#pragma unroll
  for (int k = 0; k < STEP; k += 8) {
    uint b[4][2];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      b[j][0] = right[k * PITCH + j * 8];
      b[j][1] = right[(k + 4) * PITCH + j * 8];
    }
#if ARITHMETIC == TF32X3
    uint rest_b[4][2];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      rest_b[j][0] = rest_of(b[j][0]);
      rest_b[j][1] = rest_of(b[j][1]);
      b[j][0] = upper_of(b[j][0]);
      b[j][1] = upper_of(b[j][1]);
    }
#endif
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      local const uint *block = left + k * PITCH + i * 16;
#if ARITHMETIC == TF32X3
      const uint w[4] = {block[0], block[8], block[4 * PITCH], block[4 * PITCH + 8]};
      const uint a[4] = {upper_of(w[0]), upper_of(w[1]), upper_of(w[2]), upper_of(w[3])};
      const uint rest_a[4] = {rest_of(w[0]), rest_of(w[1]), rest_of(w[2]), rest_of(w[3])};
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        multiply_block(item, rest_a, b[j], sums[i][j], shown);
        multiply_block(item, a, rest_b[j], sums[i][j], shown);
      }
#else
      const uint a[4] = {block[0], block[8], block[4 * PITCH], block[4 * PITCH + 8]};
#endif
#pragma unroll
      for (int j = 0; j < 4; ++j) multiply_block(item, a, b[j], sums[i][j], shown);
    }
  }
}

// Part i of 8 of a tile is 16 rows, the upper or lower 8 of a block of each warp.
INLINE int row_of(int part, int i) { return i / 8 * 64 + part * 8 + i % 8; }

INLINE void put(int item, int part, Sums sums, local vec *rows) {
  const int lane = item % 32;
  local float *to = (local float *)rows + (warp_row(item) / 8 + lane / 4) * PITCH +
                    warp_column(item) + lane % 4 * 2;
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    to[j * 8] = sums[part / 2][j][part % 2 * 2];
    to[j * 8 + 1] = sums[part / 2][j][part % 2 * 2 + 1];
  }
}

#endif

// MARK: Products

// What becomes of a tile's numbers.
typedef struct {
  int rows, columns, mode, has_bias;
  Epilogue e;
} End;

INLINE void end_numbers(
    End end, vec v, int row, int column, global const float *bias, global const uint *mask,
    global const float *y, global float *c) {
  const int n = end.columns - column;
  if (row >= end.rows || column >= end.columns) return;
  const size_t place = (size_t)row * end.columns + column;
  if (end.mode == ACCUMULATE || end.mode == ONWARD) v += load(c + place, n);
  if (end.mode != ACCUMULATE) {
    v = end_product(
        v, n, end.mode == ONWARD ? FORWARD : end.mode, bias, end.has_bias, end.e, mask, y + place, row,
        column, end.columns);
  }
  store(v, c + place, n);
}

// C = A · B, by strides: from a row of A to the next and along its depth, and from a column of B to the next
// and along its depth. Work-group (i, j, p) takes the i-th SIDE columns, the j-th SIDE rows, and, of the
// depth, the p-th `span`; where there are several of these, each leaves a C of its own, `part_stride` behind the one
// before. With `wants_sums` each part also leaves the sums of B's columns.
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void tiled_product(
    int rows, int columns, int depth, int span, global const float *a, int a_stride, int a_step,
    global const float *b, int b_stride, int b_step, int mode, global const float *bias, int has_bias,
    Epilogue e, global const uint *mask, global const float *y, global float *c, int wants_sums,
    global float *sums_of_b, int sums_from, int part_stride) {
  local vec left[2 * STEP * PITCH / 4];
  local vec *right = left + STEP * PITCH / 4;
  const int item = get_local_id(0), row = get_group_id(1) * SIDE, column = get_group_id(0) * SIDE;
  const int begin = get_group_id(2) * span, end_depth = min(begin + span, depth);
  c += (size_t)get_group_id(2) * part_stride;
  Share of_a = share_of(
      a + (size_t)row * a_stride + (size_t)begin * a_step, a_stride, a_step, rows - row,
      end_depth - begin, item);
  Share of_b = share_of(
      b + (size_t)column * b_stride + (size_t)begin * b_step, b_stride, b_step, columns - column,
      end_depth - begin, item);
  Sums sums;
#if ARITHMETIC == FLOATS
#pragma unroll
  for (int i = 0; i < 8; ++i) sums[i][0] = sums[i][1] = 0.0f;
#else
  SHOWN
#pragma unroll
  for (int i = 0; i < 64; ++i) sums[i / 16][i / 4 % 4][i % 4] = 0.0f;
#endif
  word next_a[TURNS], next_b[TURNS];
  for (int k = begin - STEP * PACKED; k < end_depth; k += STEP * PACKED) {
#pragma unroll
    for (int i = 0; i < TURNS; ++i) {
      next_a[i] = fetch(of_a, i);
      next_b[i] = fetch(of_b, i);
    }
    of_a = advanced(of_a);
    of_b = advanced(of_b);
    if (k >= begin) {
#if ARITHMETIC == FLOATS
      multiply(item, left, right, sums);
#else
      multiply(item, (local const uint *)left, (local const uint *)right, sums, shown);
#endif
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int i = 0; i < TURNS; ++i) {
      ((local word *)left)[of_a.to + i * of_a.jump] = next_a[i];
      ((local word *)right)[of_b.to + i * of_b.jump] = next_b[i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  // B's columns once more, from a cache: the main loop has no register for their sums.
  if (wants_sums && row == 0) {
    local float *room = (local float *)left;
    float sum = 0.0f;
    if (column + item % SIDE < columns) {
      SEVERAL
      for (int k = begin + item / SIDE; k < end_depth; k += ITEMS / SIDE) {
        sum += b[(size_t)(column + item % SIDE) * b_stride + (size_t)k * b_step];
      }
    }
    room[item] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = item + SIDE; i < ITEMS && item < SIDE; i += SIDE) sum += room[i];
    if (item < SIDE && column + item < columns) {
      sums_of_b[sums_from + (size_t)get_group_id(2) * part_stride + column + item] = sum;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  // Part by part through local memory. Sums are in registers while their indices are constants: a loop over
  // them all would need a copy of their ending for each, here only of where they are put.
  const End end = {rows, columns, mode, has_bias, e};
  for (int part = 0; part < 8; ++part) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      if (i == part) put(item, i, sums, left);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = item; i < 16 * SIDE / 4; i += ITEMS) {
      const int its_row = i / (SIDE / 4), its_column = i % (SIDE / 4);
      end_numbers(
          end, left[its_row * PITCH / 4 + its_column], row + row_of(part, its_row),
          column + its_column * 4, bias, mask, y, c);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}
