// Matrix products for devices without a better one.
//
// A work-item keeps a tile of ROWS × PANEL numbers of C in registers and goes along the depth. Each
// element of C is one sum in the order of the depth, begun at 0 or at what C holds: the sizes of
// tiles, blocks and work-groups and the number of threads change nothing in a result.

#define PANEL (2 * LANES)

#if ROWS == 12
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#elif ROWS == 8
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#elif ROWS == 6
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5)
#endif

#define CLEAR(i) vec x##i = 0.0f, y##i = 0.0f;
#define MULTIPLY_BOTH(i) \
  { \
    const vec s = ELEMENT(i); \
    x##i = fma(s, left, x##i); \
    y##i = fma(s, right, y##i); \
  }
#define MULTIPLY_LEFT(i) x##i = fma((vec)(ELEMENT(i)), left, x##i);
#define SPILL(i) \
  STORE(x##i, tile + i * PANEL); \
  STORE(y##i, tile + i * PANEL + LANES);

// B, [depth × columns] with strides, to panels [⌈columns / PANEL⌉ × depth × PANEL] with zeros behind
// the last column. One work-item a row of a panel.
kernel void pack(
    int depth, int columns, global const float *b, int row_stride, int column_stride,
    global float *scratch, int offset) {
  const int item = get_global_id(0), panel = item / depth, k = item % depth;
  const int first = panel * PANEL, n = min(PANEL, columns - first);
  if (n <= 0) return;
  global const float *from = b + (size_t)k * row_stride + (size_t)first * column_stride;
  global float *to = scratch + offset + (size_t)item * PANEL;
  if (n == PANEL && column_stride == 1) {
    STORE(LOAD(from), to);
    STORE(LOAD(from + LANES), to + LANES);
  } else {
    for (int j = 0; j < PANEL; ++j) to[j] = j < n ? from[(size_t)j * column_stride] : 0.0f;
  }
}

// What becomes of a product before it is stored.
#define FORWARD 0     // epilogue(· + bias)
#define BACKWARD 1    // · ∘ epilogue'(y)
#define ACCUMULATE 2  // C + ·

// C = A · B for rows of A that lie one after the other, with B in panels. Work-item (i, j) takes the
// i-th `panels_each` panels and the j-th `block` rows; these rows stay in the cache meanwhile. Along
// the depth it goes in steps of `step`, so that a panel's part does too.
kernel void product(
    int rows, int columns, int depth, int step, global const float *a,
    global const float *scratch, int offset, int panels_each, int block, int mode,
    global const float *bias, int has_bias, Epilogue e, global const uint *mask,
    global const float *y, global float *c) {
  const int first = get_global_id(1) * block, end = min(first + block, rows);
  const int first_panel = get_global_id(0) * panels_each;
  const int end_panel = min(first_panel + panels_each, (columns + PANEL - 1) / PANEL);
  float tile[ROWS * PANEL];
  for (int from = 0; from < depth; from += step) {
    const int length = min(step, depth - from);
    const int is_last = from + length == depth;
    for (int panel = first_panel; panel < end_panel; ++panel) {
      global const float *b = scratch + offset + ((size_t)panel * depth + from) * PANEL;
      const int start = panel * PANEL, width = min(PANEL, columns - start);
      for (int row = first; row < end; row += ROWS) {
        // Rows past the last one repeat it; they are never stored.
        const int count = min(ROWS, end - row);
#define POINT(i) \
  global const float *a##i = a + (size_t)(row + min(i, count - 1)) * depth + from;
        EACH_ROW(POINT)
#undef POINT
        EACH_ROW(CLEAR)
        global float *corner = c + (size_t)row * columns + start;
        if (from > 0 || mode == ACCUMULATE) {
#define RESUME(i) \
  if (i < count) { \
    x##i = load(corner + i * columns, width); \
    y##i = load(corner + i * columns + LANES, width - LANES); \
  }
          EACH_ROW(RESUME)
#undef RESUME
        }
#define ELEMENT(i) a##i[k]
        if (width > LANES) {
#pragma unroll 2
          for (int k = 0; k < length; ++k) {
            const vec left = LOAD(b + k * PANEL), right = LOAD(b + k * PANEL + LANES);
            EACH_ROW(MULTIPLY_BOTH)
          }
        } else {
#pragma unroll 2
          for (int k = 0; k < length; ++k) {
            const vec left = LOAD(b + k * PANEL);
            EACH_ROW(MULTIPLY_LEFT)
          }
        }
#undef ELEMENT
        EACH_ROW(SPILL)
        for (int i = 0; i < count; ++i) {
          for (int j = 0; j < width; j += LANES) {
            const int n = width - j, column = start + j;
            vec v = LOAD(tile + i * PANEL + j);
            if (is_last && mode == FORWARD) {
              if (has_bias) v += load(bias + column, n);
              v = epilogue(v, e, mask, row + i, column, columns);
            } else if (is_last && mode == BACKWARD) {
              const vec value = load(y + (size_t)(row + i) * columns + column, n);
              v = epilogue_gradient(v, value, e, mask, row + i, column, columns);
            }
            store(v, corner + i * columns + j, n);
          }
        }
      }
    }
  }
}

// C = Aᵀ · B, or C += Aᵀ · B, and the sums of B's columns, for A [depth × rows] and B [depth × columns]. Work-item
// (i, j) takes the i-th `panels_each` panels and the j-th `block` rows of C. Along the depth it goes
// in steps of DEPTH, and packs its part of A and B for each, so that tiles read in order.
kernel void transposed_product(
    int rows, int columns, int depth, global const float *a, global const float *b,
    int panels_each, int block, global float *c, int accumulate, global float *sums,
    int wants_sums, global float *scratch) {
  const int first = get_global_id(1) * block, end = min(first + block, rows);
  const int first_panel = get_global_id(0) * panels_each;
  const int end_panel = min(first_panel + panels_each, (columns + PANEL - 1) / PANEL);
  const int tiles = (end - first + ROWS - 1) / ROWS;
  // An odd number of cache lines from tile to tile and from panel to panel.
  const int tile_size = DEPTH * ROWS + 16, panel_size = DEPTH * PANEL + 16;
  global float *packed_a =
      scratch + (get_global_id(1) * get_global_size(0) + get_global_id(0)) *
                    (size_t)(tile_size * (block / ROWS) + panel_size * panels_each);
  global float *packed_b = packed_a + tile_size * (block / ROWS);
  float tile[ROWS * PANEL];
  for (int from = 0; from < depth; from += DEPTH) {
    const int length = min(DEPTH, depth - from);
    for (int k = 0; k < length; ++k) {
      // Whole vectors: what goes past a tile's row is overwritten by the next, or never stored.
      global const float *left = a + (size_t)(from + k) * rows + first;
      for (int t = 0; t < tiles; ++t) {
        for (int i = 0; i < ROWS; i += LANES) {
          STORE(LOAD(left + t * ROWS + i), packed_a + t * tile_size + k * ROWS + i);
        }
      }
      global const float *right = b + (size_t)(from + k) * columns + first_panel * PANEL;
      for (int p = 0; p < end_panel - first_panel; ++p) {
        global float *to = packed_b + p * panel_size + k * PANEL;
        STORE(LOAD(right + p * PANEL), to);
        STORE(LOAD(right + p * PANEL + LANES), to + LANES);
      }
    }
    for (int panel = first_panel; panel < end_panel; ++panel) {
      global const float *q = packed_b + (panel - first_panel) * panel_size;
      const int start = panel * PANEL, width = min(PANEL, columns - start);
      if (wants_sums && first == 0) {
        for (int j = 0; j < width; j += LANES) {
          const int n = width - j;
          vec sum = from > 0 ? load(sums + start + j, n) : (vec)(0.0f);
          for (int k = 0; k < length; ++k) sum += LOAD(q + k * PANEL + j);
          store(sum, sums + start + j, n);
        }
      }
      for (int row = first; row < end; row += ROWS) {
        const int count = min(ROWS, end - row);
        global const float *p = packed_a + (row - first) / ROWS * tile_size;
        global float *corner = c + (size_t)row * columns + start;
        EACH_ROW(CLEAR)
        if (from > 0 || accumulate) {
#define RESUME(i) \
  if (i < count) { \
    x##i = load(corner + i * columns, width); \
    y##i = load(corner + i * columns + LANES, width - LANES); \
  }
          EACH_ROW(RESUME)
#undef RESUME
        }
#define ELEMENT(i) p[k * ROWS + i]
        if (width > LANES) {
#pragma unroll 2
          for (int k = 0; k < length; ++k) {
            const vec left = LOAD(q + k * PANEL), right = LOAD(q + k * PANEL + LANES);
            EACH_ROW(MULTIPLY_BOTH)
          }
        } else {
#pragma unroll 2
          for (int k = 0; k < length; ++k) {
            const vec left = LOAD(q + k * PANEL);
            EACH_ROW(MULTIPLY_LEFT)
          }
        }
#undef ELEMENT
        EACH_ROW(SPILL)
        for (int i = 0; i < count; ++i) {
          for (int j = 0; j < width; j += LANES) {
            store(LOAD(tile + i * PANEL + j), corner + i * columns + j, width - j);
          }
        }
      }
    }
  }
}
