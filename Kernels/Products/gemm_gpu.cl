#include "epilogue.cl"
#include "tensor_cores.cl"

// Matrix products for devices whose work-groups share local memory, in floats or by the tensor cores of
// NVIDIA's GPUs.
//
// A work-group computes a tile of ROWS_EACH × COLUMNS_EACH numbers of C, a work-item 32 to 100 of them. Parts of A and
// B, STEP words of each row and column, go through local memory, the next ones on their way in registers meanwhile. A
// word is a number, or two that follow each other along the depth in bfloat16.

// MARK: Sums

#if ARITHMETIC == FLOATS

// sums[i][j]: row i of the work-item's, the first or last 4 of its columns.
typedef vec Sums[PARTS][2];

#define ITEMS_ACROSS (COLUMNS_EACH / 8)

INLINE int column_of(int item, int j) { return item % ITEMS_ACROSS * 4 + j * (COLUMNS_EACH / 2); }

INLINE void multiply(int item, local const vec *left, local const vec *right, Sums sums) {
  const int row = item / ITEMS_ACROSS, column = item % ITEMS_ACROSS;
#pragma unroll
  for (int k = 0; k < STEP; ++k) {
    local const vec *rows = left + k * PITCH_OF(ROWS_EACH) / 4, *columns = right + k * PITCH_OF(COLUMNS_EACH) / 4;
    const vec b[2] = {columns[column], columns[column + COLUMNS_EACH / 8]};
    float a[PARTS];
#pragma unroll
    for (int i = 0; i < PARTS / 4; ++i) vstore4(rows[row + i * 16], i, a);
#if PARTS % 4 == 2
    vstore2(((local const float2 *)rows)[row + PARTS / 4 * 32], PARTS / 2 - 1, a);
#endif
#pragma unroll
    for (int i = 0; i < PARTS; ++i) {
#pragma unroll
      for (int j = 0; j < 2; ++j) sums[i][j] = fma((vec)(a[i]), b[j], sums[i][j]);
    }
  }
}

// Part i of a tile is 16 rows, a work-item's row i: of its 4 of each 64, or of its 2 of the last 32.
INLINE int row_of(int part, int i) {
  return part < PARTS / 4 * 4 ? part / 4 * 64 + i * 4 + part % 4 : part / 4 * 64 + i * 2 + part % 4;
}

INLINE void put(int item, int part, Sums sums, local vec *rows) {
#pragma unroll
  for (int j = 0; j < 2; ++j) {
    rows[(item / ITEMS_ACROSS * PITCH_OF_ROWS + column_of(item, j)) / 4] = sums[part][j];
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

// The sums over the depth from `begin` to `end`, see fetch for `is_whole`.
INLINE void add_products(
    int item, int begin, int end, Share of_a, Share of_b, const int is_whole, local word *left, local word *right,
    Sums sums, local uint *shown) {
  quad next_a[TURNS_OF(ROWS_EACH)], next_b[TURNS_OF(COLUMNS_EACH)];
  for (int k = begin - STEP * PACKED; k < end; k += STEP * PACKED) {
    const int has_next = k + STEP * PACKED < end;
    if (has_next) {
#pragma unroll
      for (int i = 0; i < TURNS_OF(ROWS_EACH); ++i) {
        if (IS_ON(ROWS_EACH, i)) next_a[i] = fetch(of_a, i, is_whole);
      }
#pragma unroll
      for (int i = 0; i < TURNS_OF(COLUMNS_EACH); ++i) {
        if (IS_ON(COLUMNS_EACH, i)) next_b[i] = fetch(of_b, i, is_whole);
      }
    }
    of_a = advanced(of_a);
    of_b = advanced(of_b);
    if (k >= begin) {
#if ARITHMETIC == FLOATS
      multiply(item, (local const vec *)left, (local const vec *)right, sums);
#else
      multiply(item, left, right, sums, shown);
#endif
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (has_next) {
#pragma unroll
      for (int i = 0; i < TURNS_OF(ROWS_EACH); ++i) {
        if (IS_ON(ROWS_EACH, i)) keep(of_a, i, next_a[i], left);
      }
#pragma unroll
      for (int i = 0; i < TURNS_OF(COLUMNS_EACH); ++i) {
        if (IS_ON(COLUMNS_EACH, i)) keep(of_b, i, next_b[i], right);
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
}

// C = A · B, by strides: from a row of A to the next and along its depth, and from a column of B to the next
// and along its depth. Work-group (i, j, p) takes the i-th COLUMNS_EACH columns, the j-th ROWS_EACH rows, and, of the
// depth, the p-th `span`; where there are several of these, each leaves a C of its own, `part_stride` behind the one
// before. With `wants_sums` each part also leaves the sums of B's columns, which then follow each other in memory.
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void tiled_product(
    int rows, int columns, int depth, int span, global const float *a, int a_stride, int a_step,
    global const float *b, int b_stride, int b_step, int mode, global const float *bias, int has_bias,
    Epilogue e, global const uint *mask, global const float *y, global float *c, int wants_sums,
    global float *sums_of_b, int sums_from, int part_stride) {
  local quad room[WORDS / 4];
  local word *left = (local word *)room, *right = left + WORDS_OF(ROWS_EACH);
  local vec *const held = (local vec *)room;
  const int item = get_local_id(0), row = get_group_id(1) * ROWS_EACH, column = get_group_id(0) * COLUMNS_EACH;
  const int begin = get_group_id(2) * span, end_depth = min(begin + span, depth);
  c += (size_t)get_group_id(2) * part_stride;
  Share of_a = share_of(
      a + (size_t)row * a_stride + (size_t)begin * a_step, ROWS_EACH, a_stride, a_step, begin % 4 == 0, rows - row,
      end_depth - begin, item);
  Share of_b = share_of(
      b + (size_t)column * b_stride + (size_t)begin * b_step, COLUMNS_EACH, b_stride, b_step, begin % 4 == 0,
      columns - column, end_depth - begin, item);
  Sums sums;
#if ARITHMETIC == FLOATS
  local uint *shown = 0;
#pragma unroll
  for (int i = 0; i < PARTS; ++i) sums[i][0] = sums[i][1] = 0.0f;
#else
  SHOWN
#pragma unroll
  for (int i = 0; i < PARTS * 10; ++i) sums[i / 20][i / 4 % 5][i % 4] = 0.0f;
#endif
  const int is_whole = rows - row >= ROWS_EACH && columns - column >= COLUMNS_EACH &&
                       (end_depth - begin) % (STEP * PACKED) == 0 && of_a.alignment == 4 && of_b.alignment == 4;
  if (is_whole) {
    add_products(item, begin, end_depth, of_a, of_b, 1, left, right, sums, shown);
  } else {
    add_products(item, begin, end_depth, of_a, of_b, 0, left, right, sums, shown);
  }
  // B's columns once more, from a cache, four a work-item and some work-items for each four: the main loop has no
  // register for their sums.
  if (wants_sums && row == 0) {
    const int quads = COLUMNS_EACH / 4, lanes = ITEMS / quads, lane = item / quads;
    const int its_column = column + item % quads * 4, n = columns - its_column;
    float4 sum = 0.0f;
    if (lane < lanes && n > 0) {
      SEVERAL
      for (int k = begin + lane; k < end_depth; k += lanes) {
        sum += numbers(b + its_column + (size_t)k * b_step, n, of_b.alignment);
      }
    }
    held[item] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = 1; i < lanes && lane == 0; ++i) sum += held[item + i * quads];
    if (lane == 0 && n > 0) {
      store(sum, sums_of_b + sums_from + (size_t)get_group_id(2) * part_stride + its_column, n);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  // Part by part through local memory. Sums are in registers while their indices are constants: a loop over
  // them all would need a copy of their ending for each, here only of where they are put.
  const End end = {rows, columns, mode, has_bias, e};
  for (int part = 0; part < PARTS; ++part) {
#pragma unroll
    for (int i = 0; i < PARTS; ++i) {
      if (i == part) put(item, i, sums, held);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = item; i < 16 * COLUMNS_EACH / 4; i += ITEMS) {
      const int its_row = i / (COLUMNS_EACH / 4), its_column = i % (COLUMNS_EACH / 4);
      end_numbers(
          end, held[its_row * PITCH_OF_ROWS / 4 + its_column], row + row_of(part, its_row),
          column + its_column * 4, bias, mask, y, c);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}
