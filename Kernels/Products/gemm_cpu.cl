#include "epilogue.cl"

// Matrix products for CPUs.
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


// Row i of the tile is (xi, yi), the pointer ai is at its first element of A, and `corner` at the
// tile's first of C.
#define CLEAR_ROW(i) vec x##i = 0.0f, y##i = 0.0f;
#define LOAD_ROW(i) \
  x##i = LOAD(corner + i * columns); \
  y##i = LOAD(corner + i * columns + LANES);
#define LOAD_PART(i) \
  if (i < count) { \
    x##i = load(corner + i * columns, width); \
    y##i = load(corner + i * columns + LANES, width - LANES); \
  }
#define STORE_ROW(i) \
  STORE(x##i, corner + i * columns); \
  STORE(y##i, corner + i * columns + LANES);
#define SPILL_ROW(i) \
  STORE(x##i, tile + i * PANEL); \
  STORE(y##i, tile + i * PANEL + LANES);
#define MULTIPLY_ROW(i) \
  { \
    const vec s = a##i[k * a_step]; \
    x##i = fma(s, left, x##i); \
    y##i = fma(s, right, y##i); \
  }
#define MULTIPLY_LEFT(i) x##i = fma((vec)(a##i[k * a_step]), left, x##i);

// Declares the tile: 0, or what C holds where it `resumes`, plus the products of `length` elements
// of A, a_step apart, with as many rows of a panel, b_step apart.
#define MULTIPLY(resumes) \
  EACH_ROW(CLEAR_ROW) \
  if ((resumes) && is_whole) { \
    EACH_ROW(LOAD_ROW) \
  } else if (resumes) { \
    EACH_ROW(LOAD_PART) \
  } \
  if (width > LANES) { \
    _Pragma("unroll 4") for (int k = 0; k < length; ++k) { \
      const vec left = LOAD(panel + k * b_step), right = LOAD(panel + k * b_step + LANES); \
      EACH_ROW(MULTIPLY_ROW) \
    } \
  } else { \
    _Pragma("unroll 4") for (int k = 0; k < length; ++k) { \
      const vec left = LOAD(panel + k * b_step); \
      EACH_ROW(MULTIPLY_LEFT) \
    } \
  }

// Asks for a row of the tile in x and, where it ends, for the next cache line, ahead of their use.
#define PREFETCH_ROW(i, x) \
  PREFETCH(x + i * columns); \
  PREFETCH(x + i * columns + PANEL - 1);
#define PREFETCH_CORNER(i) PREFETCH_ROW(i, corner)
#define PREFETCH_VALUE(i) PREFETCH_ROW(i, value)

// B, [depth × columns] with strides, to panels [⌈columns / PANEL⌉ × depth × PANEL]; columns behind
// the last one are 0. One work-item LANES columns of LANES rows.
kernel void pack(
    int depth, int columns, global const float *b, int row_stride, int column_stride,
    global float *scratch, int offset) {
  const int blocks = vectors(depth);
  const int item = get_global_id(0), side = item / blocks, k = item % blocks * LANES;
  const int column = side * LANES, n = columns - column, length = min(LANES, depth - k);
  if (side >= (columns + PANEL - 1) / PANEL * 2) return;
  global const float *from = b + (size_t)k * row_stride + (size_t)column * column_stride;
  global float *to = scratch + offset + ((size_t)(side / 2) * depth + k) * PANEL + side % 2 * LANES;
  if (column_stride == 1) {
    for (int i = 0; i < length; ++i) STORE(load(from + (size_t)i * row_stride, n), to + i * PANEL);
  } else if (row_stride == 1 && n >= LANES && length == LANES) {
    vec v[LANES];
#pragma unroll
    for (int i = 0; i < LANES; ++i) v[i] = LOAD(from + (size_t)i * column_stride);
    transpose(v);
#pragma unroll
    for (int i = 0; i < LANES; ++i) STORE(v[i], to + i * PANEL);
  } else {
    for (int i = 0; i < length; ++i) {
      for (int j = 0; j < LANES; ++j) {
        to[i * PANEL + j] =
            j < n ? from[(size_t)i * row_stride + (size_t)j * column_stride] : 0.0f;
      }
    }
  }
}

// FORWARD for identity and relu, and BACKWARD for relu, in registers.
#define FORWARD_ROW(i) \
  x##i += bias_left; \
  y##i += bias_right; \
  x##i = x##i < floor ? floor : x##i; \
  y##i = y##i < floor ? floor : y##i;
#define DROP_ROW(i) \
  x##i = drop(x##i, e, mask, row + i, start, columns); \
  y##i = drop(y##i, e, mask, row + i, start + LANES, columns);
#define BACKWARD_ROW(i) \
  x##i = LOAD(value + i * columns) > 0.0f ? x##i * scale : (vec)(0.0f); \
  y##i = LOAD(value + i * columns + LANES) > 0.0f ? y##i * scale : (vec)(0.0f);

// C = A · B for rows of A that lie one after the other. The panels of B are panel_step apart and
// their rows b_step. Work-item (i, j) takes the i-th `panels_each` panels and the j-th `block` rows;
// these rows stay in the cache meanwhile. Along the depth it goes in steps of `step`, so that a
// panel's part does too.
kernel void product(
    int rows, int columns, int depth, int step, global const float *a, global const float *b,
    int offset, int panel_step, int b_step, int panels_each, int block, int mode,
    global const float *bias, int has_bias, Epilogue e, global const uint *mask,
    global const float *y, global float *c) {
  const int first = get_global_id(1) * block, end = min(first + block, rows), a_step = 1;
  const int first_column = get_global_id(0) * panels_each * PANEL;
  const int end_column = min(first_column + panels_each * PANEL, columns);
  const int resumes = mode == ACCUMULATE || mode == ONWARD;
  float tile[ROWS * PANEL];
  if (mode == ONWARD) mode = FORWARD;
  for (int from = 0; from < depth; from += step) {
    const int length = min(step, depth - from);
    const int ends = from + length == depth && mode != ACCUMULATE;
    const int is_simple =
        !ends || e.activation == RELU || (mode == FORWARD && e.activation == IDENTITY);
    for (int start = first_column; start < end_column; start += PANEL) {
      global const float *panel =
          b + offset + (size_t)(start / PANEL) * panel_step + (size_t)from * b_step;
      const int width = min(PANEL, columns - start);
      for (int row = first; row < end; row += ROWS) {
        const int count = min(ROWS, end - row), is_whole = count == ROWS && width == PANEL;
        global float *corner = c + (size_t)row * columns + start;
        global const float *value = y + (size_t)row * columns + start;
        // Rows past the last one repeat it; they are never stored.
        global const float *top = a + (size_t)row * depth + from;
#define POINT(i) global const float *a##i = top + min(i, count - 1) * depth;
        EACH_ROW(POINT)
#undef POINT
        EACH_ROW(PREFETCH_CORNER)
        if (mode == BACKWARD) { EACH_ROW(PREFETCH_VALUE) }
        MULTIPLY(from > 0 || resumes)
        if (is_whole && is_simple) {
          if (ends && mode == FORWARD) {
            const vec floor = e.activation == RELU ? 0.0f : -INFINITY;
            const vec bias_left = has_bias ? LOAD(bias + start) : (vec)(0.0f);
            const vec bias_right = has_bias ? LOAD(bias + start + LANES) : (vec)(0.0f);
            EACH_ROW(FORWARD_ROW)
            if (e.threshold > 0) { EACH_ROW(DROP_ROW) }
          } else if (ends) {
            const vec scale = e.scale;
            EACH_ROW(BACKWARD_ROW)
          }
          EACH_ROW(STORE_ROW)
          continue;
        }
        EACH_ROW(SPILL_ROW)
        for (int i = 0; i < count; ++i) {
          for (int j = 0; j < width; j += LANES) {
            const int n = width - j, column = start + j;
            vec v = LOAD(tile + i * PANEL + j);
            if (ends) {
              v = end_product(
                  v, n, mode, bias, has_bias, e, mask, value + i * columns + j, row + i, column,
                  columns);
            }
            store(v, corner + i * columns + j, n);
          }
        }
      }
    }
  }
}

// C = Aᵀ · B, or C += Aᵀ · B, and the sums of B's columns, for A [depth × rows] and B [depth ×
// columns]. Work-item (i, j) takes the i-th `panels_each` panels and the j-th `block` rows of C. Along
// the depth it goes in steps of DEPTH, and packs its part of A and B for each, so that tiles read in
// order.
kernel void transposed_product(
    int rows, int columns, int depth, global const float *a, global const float *b,
    int panels_each, int block, global float *c, int accumulate, global float *sums,
    int wants_sums, global float *scratch) {
  const int first = get_global_id(1) * block, end = min(first + block, rows);
  const int first_panel = get_global_id(0) * panels_each;
  const int end_panel = min(first_panel + panels_each, (columns + PANEL - 1) / PANEL);
  const int tiles = (end - first + ROWS - 1) / ROWS, a_step = ROWS, b_step = PANEL;
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
    for (int p = first_panel; p < end_panel; ++p) {
      global const float *panel = packed_b + (p - first_panel) * panel_size;
      const int start = p * PANEL, width = min(PANEL, columns - start);
      if (wants_sums && first == 0) {
        for (int j = 0; j < width; j += LANES) {
          const int n = width - j;
          vec sum = from > 0 ? load(sums + start + j, n) : (vec)(0.0f);
          for (int k = 0; k < length; ++k) sum += LOAD(panel + k * PANEL + j);
          store(sum, sums + start + j, n);
        }
      }
      for (int row = first; row < end; row += ROWS) {
        const int count = min(ROWS, end - row), is_whole = count == ROWS && width == PANEL;
        global float *corner = c + (size_t)row * columns + start;
        global const float *top = packed_a + (row - first) / ROWS * tile_size;
#define POINT(i) global const float *a##i = top + i;
        EACH_ROW(POINT)
#undef POINT
        MULTIPLY(from > 0 || accumulate)
        if (is_whole) {
          EACH_ROW(STORE_ROW)
          continue;
        }
        EACH_ROW(SPILL_ROW)
        for (int i = 0; i < count; ++i) {
          for (int j = 0; j < width; j += LANES) {
            store(LOAD(tile + i * PANEL + j), corner + i * columns + j, width - j);
          }
        }
      }
    }
  }
}
