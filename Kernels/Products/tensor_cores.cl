#include "tile_factors.cl"

// The sums of tiled_product by the tensor cores of NVIDIA's GPUs, or by loops that do what they do.

#if ARITHMETIC != FLOATS

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
