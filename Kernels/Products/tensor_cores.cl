#include "tile_factors.cl"

// The sums of tiled_product by the tensor cores of NVIDIA's GPUs, or by loops that do what they do.

#if ARITHMETIC != FLOATS

// A warp of 32 work-items computes half of the rows of 40 columns, 4 × 5 blocks of 16 × 8 where these are 64. Of a
// block's A, 16 × 8 words, its lane l has r of 4 at row l / 4 + r % 2 · 8 and word l % 4 + r / 2 · 4; of B, 8 words × 8, r of 2 at
// column l / 4 and word l % 4 + r · 4; and of C r of 4 at row l / 4 + r / 2 · 8 and column l % 4 · 2 + r % 2.
typedef float Sums[PARTS / 2][5][4];

INLINE int warp_row(int item) { return item / 64 * (ROWS_EACH / 2); }
INLINE int warp_column(int item) { return item / 32 % 2 * 40; }

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

// The words of a block's A, whose first row begins at `rows`.
INLINE void load_rows(local const uint *rows, int lane, uint a[4]) {
#ifdef EMULATED
  for (int r = 0; r < 4; ++r) a[r] = rows[(lane / 4 + r % 2 * 8) * PITCH + lane % 4 + r / 2 * 4];
#else
  // Each lane names a row of one of four squares of 8 × 4 words.
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                   : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                   : "l"((ulong)(rows + lane % 16 * PITCH + lane / 16 * 4))
                   : "memory");
#endif
}

// Those of B of two blocks side by side, or of one.
INLINE void load_columns(local const uint *columns, int lane, uint b[2][2]) {
#ifdef EMULATED
  for (int r = 0; r < 4; ++r) b[r / 2][r % 2] = columns[(lane / 4 + r / 2 * 8) * PITCH + lane % 4 + r % 2 * 4];
#else
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                   : "=r"(b[0][0]), "=r"(b[0][1]), "=r"(b[1][0]), "=r"(b[1][1])
                   : "l"((ulong)(columns + (lane % 8 + lane / 16 * 8) * PITCH + lane / 8 % 2 * 4))
                   : "memory");
#endif
}

INLINE void load_last_columns(local const uint *columns, int lane, uint b[2]) {
#ifdef EMULATED
  for (int r = 0; r < 2; ++r) b[r] = columns[lane / 4 * PITCH + lane % 4 + r * 4];
#else
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                   : "=r"(b[0]), "=r"(b[1])
                   : "l"((ulong)(columns + lane % 8 * PITCH + lane / 8 % 2 * 4))
                   : "memory");
#endif
}

INLINE void multiply(
    int item, local const uint *left, local const uint *right, Sums sums, local uint *shown) {
  const int lane = item % 32;
  left += warp_row(item) * PITCH;
  right += warp_column(item) * PITCH;
#pragma unroll
  for (int k = 0; k < STEP; k += 8) {
    uint b[5][2];
    load_columns(right + k, lane, b);
    load_columns(right + k + 16 * PITCH, lane, b + 2);
    load_last_columns(right + k + 32 * PITCH, lane, b[4]);
#if ARITHMETIC == TF32X3
    uint rest_b[5][2];
#pragma unroll
    for (int j = 0; j < 5; ++j) {
      rest_b[j][0] = rest_of(b[j][0]);
      rest_b[j][1] = rest_of(b[j][1]);
      b[j][0] = upper_of(b[j][0]);
      b[j][1] = upper_of(b[j][1]);
    }
#endif
#pragma unroll
    for (int i = 0; i < PARTS / 2; ++i) {
      uint a[4];
      load_rows(left + k + i * 16 * PITCH, lane, a);
#if ARITHMETIC == TF32X3
      const uint rest_a[4] = {rest_of(a[0]), rest_of(a[1]), rest_of(a[2]), rest_of(a[3])};
#pragma unroll
      for (int r = 0; r < 4; ++r) a[r] = upper_of(a[r]);
#pragma unroll
      for (int j = 0; j < 5; ++j) {
        multiply_block(item, rest_a, b[j], sums[i][j], shown);
        multiply_block(item, a, rest_b[j], sums[i][j], shown);
      }
#endif
#pragma unroll
      for (int j = 0; j < 5; ++j) multiply_block(item, a, b[j], sums[i][j], shown);
    }
  }
}

// Part i of a tile is 16 rows, the upper or lower 8 of a block of each warp.
INLINE int row_of(int part, int i) { return i / 8 * (ROWS_EACH / 2) + part * 8 + i % 8; }

INLINE void put(int item, int part, Sums sums, local vec *rows) {
  const int lane = item % 32;
  local float *to = (local float *)rows + (item / 64 * 8 + lane / 4) * PITCH_OF_ROWS +
                    warp_column(item) + lane % 4 * 2;
#pragma unroll
  for (int j = 0; j < 5; ++j) {
    to[j * 8] = sums[part / 2][j][part % 2 * 2];
    to[j * 8 + 1] = sums[part / 2][j][part % 2 * 2 + 1];
  }
}

#endif
