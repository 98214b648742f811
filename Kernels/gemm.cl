// Matrix products for devices without a better one: C = epilogue(A · B + bias).
//
// B is packed into panels of 2·LANES columns first. A work-item takes ROWS rows of A and keeps a
// ROWS × 2·LANES tile of C in registers. Along the depth it goes in blocks of DEPTH: it packs its
// rows of A for the block, so that the inner loop reads both operands from one place, in order, and
// goes over its panels. Each element of C is summed in the order of the depth, whatever the size of
// the matrices and the number of threads.

#define PANEL (2 * LANES)

#if ROWS == 12
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#elif ROWS == 8
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#elif ROWS == 6
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5)
#endif

// B, [depth × columns] with strides, to panels [⌈columns / PANEL⌉ × depth × PANEL] with zeros behind
// the last column. One work-item a row of a panel.
kernel void pack(
    int depth, int columns, global const float *b, int row_stride, int column_stride,
    global float *panels) {
  const int item = get_global_id(0), panel = item / depth, k = item % depth;
  const int first = panel * PANEL, n = min(PANEL, columns - first);
  if (n <= 0) return;
  global const float *from = b + (size_t)k * row_stride + (size_t)first * column_stride;
  global float *to = panels + (size_t)item * PANEL;
  for (int j = 0; j < PANEL; ++j) to[j] = j < n ? from[(size_t)j * column_stride] : 0.0f;
}

// The part of the product from depth `from` to `to`; after the last one bias and epilogue follow.
// Work-item (i, j) takes the i-th `panels_each` panels and the j-th ROWS rows.
kernel void gemm(
    int rows, int columns, int depth, int from, int to, global const float *a, int row_stride,
    int column_stride, global const float *panels, int panels_offset, int panels_each,
    global const float *bias, int has_bias, Epilogue e, global float *c, int accumulate) {
  const int row = get_global_id(1) * ROWS;
  const int first_panel = get_global_id(0) * panels_each;
  const int end_panel = min(first_panel + panels_each, (columns + PANEL - 1) / PANEL);
  const int count = min(ROWS, rows - row);
  if (count <= 0 || first_panel >= end_panel) return;

  float packed[DEPTH * ROWS];
  float tile[ROWS * PANEL];
  for (int block = from; block < to; block += DEPTH) {
    const int length = min(DEPTH, to - block);
    // Rows past the last one repeat it; they are never stored.
    global const float *corner = a + (size_t)row * row_stride + (size_t)block * column_stride;
    if (column_stride == 1) {
#define PACK(i) \
  for (int k = 0; k < length; ++k) \
    packed[k * ROWS + i] = corner[(size_t)min(i, count - 1) * row_stride + k];
      EACH_ROW(PACK)
#undef PACK
    } else {
      for (int k = 0; k < length; ++k) {
        global const float *column = corner + (size_t)k * column_stride;
#define PACK(i) packed[k * ROWS + i] = column[min(i, count - 1) * row_stride];
        EACH_ROW(PACK)
#undef PACK
      }
    }

    for (int panel = first_panel; panel < end_panel; ++panel) {
      global const float *b =
          panels + panels_offset + ((size_t)panel * depth + block) * PANEL;
#define CLEAR(i) vec x##i = 0.0f, y##i = 0.0f;
      EACH_ROW(CLEAR)
      for (int k = 0; k < length; ++k) {
        const vec left = LOAD(b + k * PANEL), right = LOAD(b + k * PANEL + LANES);
#define MULTIPLY(i) \
  { \
    const vec s = packed[k * ROWS + i]; \
    x##i = fma(s, left, x##i); \
    y##i = fma(s, right, y##i); \
  }
        EACH_ROW(MULTIPLY)
      }
#define SPILL(i) \
  STORE(x##i, tile + i * PANEL); \
  STORE(y##i, tile + i * PANEL + LANES);
      EACH_ROW(SPILL)

      const int end_column = min(panel * PANEL + PANEL, columns);
      for (int i = 0; i < count; ++i) {
        for (int column = panel * PANEL; column < end_column; column += LANES) {
          const int n = end_column - column;
          global float *place = c + (size_t)(row + i) * columns + column;
          vec v = LOAD(tile + i * PANEL + column - panel * PANEL);
          if (accumulate || block > 0) v += load(place, n);
          if (block + length == depth) {
            if (has_bias) v += load(bias + column, n);
            v = epilogue(v, e, row + i, column);
          }
          store(v, place, n);
        }
      }
    }
  }
}
