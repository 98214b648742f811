#include "epilogue.cl"
#include "tensor_cores.cl"

// Matrix products for devices whose work-groups share local memory, in floats or by the tensor cores of
// NVIDIA's GPUs.
//
// A work-group computes a tile of SIDE × SIDE numbers of C, a work-item 64 of them. Parts of A and B, SIDE ×
// STEP words, go through local memory, the next ones on their way in registers meanwhile. A word is a number,
// or two that follow each other along the depth in bfloat16.

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
