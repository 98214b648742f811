#include "epilogue.cl"

// Matrix products of factors in bfloat16, sums in float, for CPUs. A factor is the first PARTS of
// x = x₁ + x₂ + x₃, each the bfloat16 nearest to what the ones before it leave: with one part it keeps 8
// bits of its 24, with three all of them.
//
// A tile is 16 rows of 16 words, a word two numbers 16 apart along the depth: what a CPU with AMX
// multiplies in one instruction, 32 deep. A block of C is two tiles by two.

#define TILE 256         // the words of a tile
#define PAIR (2 * TILE)  // those of two, a block's factor
#define SIDE 32          // the rows and columns of a block, and the depth of a tile
#define HEIGHT 64        // the rows that a work-item of a product takes
#define SPAN 512         // how much of the depth it packs at a time

// The nearest bfloat16, ties to even, as a float's bits. NaN stays NaN.
INLINE uint16 nearest(float16 x) {
  const uint16 bits = as_uint16(x), rounded = bits + 0x7fffu + (bits >> 16 & 1u);
  return (isnan(x) ? bits | 0x400000u : rounded) & 0xffff0000u;
}

// A row of a tile for each part, part_step apart: words of x and, 16 further along the depth, y.
INLINE void put_row(float16 x, float16 y, global uint *to, size_t part_step) {
  for (int i = 0; i < PARTS; ++i) {
    const uint16 left = nearest(x), right = nearest(y);
    vstore16(left >> 16 | right, 0, to + i * part_step);
    // What is infinite leaves nothing.
    x = isfinite(x) ? x - as_float16(left) : (float16)(0.0f);
    y = isfinite(y) ? y - as_float16(right) : (float16)(0.0f);
  }
}

// Tiles of 16 rows at x, of which `rows` are there, and 32 columns, of which `columns` are: the depth
// goes along the rows.
INLINE void put_along(
    global const float *x, int stride, int rows, int columns, global uint *to, size_t part_step) {
  for (int i = 0; i < 16; ++i) {
    const int n = i < rows ? columns : 0;
    global const float *row = x + (size_t)i * stride;
    put_row(load16(row, n), load16(row + 16, n - 16), to + i * 16, part_step);
  }
}

// Tiles of 32 rows and 16 columns: the depth goes across the rows.
INLINE void put_across(
    global const float *x, int stride, int rows, int columns, global uint *to, size_t part_step) {
  for (int i = 0; i < 16; ++i) {
    global const float *row = x + (size_t)i * stride;
    const float16 upper = load16(row, i < rows ? columns : 0);
    const float16 lower = load16(row + 16 * stride, i + 16 < rows ? columns : 0);
    put_row(upper, lower, to + i * 16, part_step);
  }
}

TRANSPOSE(transpose_words, uint16, 16)

// Exchanges rows and columns of a tile of each part.
INLINE void exchange(global uint *tiles, size_t part_step) {
  for (int part = 0; part < PARTS; ++part) {
    global uint *tile = tiles + part * part_step;
    uint16 v[16];
    for (int i = 0; i < 16; ++i) v[i] = vload16(i, tile);
    transpose_words(v);
    for (int i = 0; i < 16; ++i) vstore16(v[i], i, tile);
  }
}

#ifdef AMX

// Eight tiles of 16 rows of 64 bytes.
#define CONFIGURE \
  { \
    uchar shape[64] = {1}; \
    for (int i = 0; i < 8; ++i) { \
      shape[16 + 2 * i] = 64; \
      shape[48 + i] = 16; \
    } \
    __asm__ volatile("ldtilecfg (%0)" ::"r"(shape) : "memory"); \
  }
#define RELEASE __asm__ volatile("tilerelease");
#define CLEAR(block) \
  __asm__ volatile( \
      "tilezero %tmm0\n\ttilezero %tmm1\n\ttilezero %tmm2\n\ttilezero %tmm3");

// Adds the products of `steps` pairs of tiles to the block.
#define MULTIPLY(a, b, steps, block) \
  { \
    size_t a_tile = (size_t)(a), b_tile = (size_t)(b), count = steps; \
    __asm__ volatile( \
        "1:\n\t" \
        "tileloadd (%0,%3), %%tmm4\n\t" \
        "tileloadd (%1,%3), %%tmm6\n\t" \
        "tdpbf16ps %%tmm6, %%tmm4, %%tmm0\n\t" \
        "tileloadd 1024(%1,%3), %%tmm7\n\t" \
        "tdpbf16ps %%tmm7, %%tmm4, %%tmm1\n\t" \
        "tileloadd 1024(%0,%3), %%tmm5\n\t" \
        "tdpbf16ps %%tmm6, %%tmm5, %%tmm2\n\t" \
        "tdpbf16ps %%tmm7, %%tmm5, %%tmm3\n\t" \
        "add $2048, %0\n\t" \
        "add $2048, %1\n\t" \
        "dec %2\n\t" \
        "jnz 1b" \
        : "+r"(a_tile), "+r"(b_tile), "+r"(count) \
        : "r"((size_t)64) \
        : "memory", "cc"); \
  }
#define TAKE(block) \
  __asm__ volatile( \
      "tilestored %%tmm0, (%0,%1)\n\ttilestored %%tmm1, 64(%0,%1)\n\t" \
      "tilestored %%tmm2, (%2,%1)\n\ttilestored %%tmm3, 64(%2,%1)" ::"r"(block), \
      "r"((size_t)(4 * SIDE)), "r"(block + 16 * SIDE) \
      : "memory");

#else

#define CONFIGURE
#define RELEASE
#define CLEAR(block) \
  for (int i = 0; i < SIDE * SIDE; ++i) block[i] = 0.0f;
#define TAKE(block)
#define MULTIPLY(a, b, steps, block) multiply(a, b, steps, block);

// sum += a · b, both numbers of each word.
#ifdef AVX512_BF16
#define DOT(sum, a, b) __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
#else
#define DOT(sum, a, b) \
  sum = fma(as_float16(a << 16), as_float16(b << 16), sum); \
  sum = fma(as_float16(a & 0xffff0000u), as_float16(b & 0xffff0000u), sum);
#endif

static void multiply(global const uint *a, global const uint *b, int steps, float *block) {
  for (int row = 0; row < SIDE; row += 8) {
    float16 left[8], right[8];
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      left[i] = vload16(2 * (row + i), block);
      right[i] = vload16(2 * (row + i) + 1, block);
    }
    for (int step = 0; step < steps; ++step) {
      global const uint *tile = a + step * PAIR + row * 16, *other = b + step * PAIR;
      for (int k = 0; k < 16; ++k) {
        const uint16 u = vload16(k, other), v = vload16(k, other + TILE);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
          const uint16 word = tile[i * 16 + k];
          DOT(left[i], word, u)
          DOT(right[i], word, v)
        }
      }
    }
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      vstore16(left[i], 2 * (row + i), block);
      vstore16(right[i], 2 * (row + i) + 1, block);
    }
  }
}

#endif

// The block: the sum of the products of those parts that matter, the least first.
#define MULTIPLY_PARTS(a, a_part, b, b_part, steps, block) \
  CLEAR(block) \
  for (int order = PARTS - 1; order >= 0; --order) { \
    for (int part = 0; part <= order; ++part) { \
      MULTIPLY((a) + (order - part) * (a_part), (b) + part * (b_part), steps, block) \
    } \
  } \
  TAKE(block)

// B, [depth × columns] with strides, one of them 1, to tiles: [⌈columns / SIDE⌉ × PARTS × ⌈depth / SIDE⌉]
// pairs. One work-item a pair of all parts.
kernel void pack_words(
    int depth, int columns, global const float *b, int row_stride, int column_stride,
    global uint *scratch, int offset) {
  const int steps = (depth + SIDE - 1) / SIDE;
  const int item = get_global_id(0), panel = item / steps, step = item % steps;
  if (panel * SIDE >= columns) return;
  const size_t part_step = (size_t)steps * PAIR;
  global uint *to = scratch + offset + (size_t)panel * PARTS * part_step + (size_t)step * PAIR;
  for (int side = 0; side < 2; ++side) {
    const int k = step * SIDE, column = panel * SIDE + side * 16;
    if (column_stride == 1) {
      put_across(
          b + (size_t)k * row_stride + column, row_stride, depth - k, columns - column,
          to + side * TILE, part_step);
    } else {
      put_along(
          b + (size_t)column * column_stride + k, column_stride, columns - column, depth - k,
          to + side * TILE, part_step);
      exchange(to + side * TILE, part_step);
    }
  }
}

// C = A · B for rows of A that lie one after the other and B in tiles. Work-item i takes the i-th
// HEIGHT rows. Along the depth it goes in steps of SPAN.
kernel void word_product(
    int rows, int columns, int depth, global const float *a, global const uint *words, int offset,
    int mode, global const float *bias, int has_bias, Epilogue e, global const uint *mask,
    global const float *y, global float *c) {
  const int first = get_global_id(0) * HEIGHT, end = min(first + HEIGHT, rows);
  if (first >= rows) return;
  const int resumes = mode == ACCUMULATE || mode == ONWARD, all = (depth + SIDE - 1) / SIDE;
  if (mode == ONWARD) mode = FORWARD;
  uint memory[PARTS * HEIGHT / SIDE * SPAN / SIDE * PAIR];
  // On a CPU all memory is of one kind.
  global uint *packed = (global uint *)(size_t)memory;
  float block[SIDE * SIDE];
  CONFIGURE
  for (int from = 0; from < depth; from += SPAN) {
    const int length = min(SPAN, depth - from), steps = (length + SIDE - 1) / SIDE;
    const int ends = from + length == depth && mode != ACCUMULATE;
    const size_t a_part = steps * PAIR, b_part = (size_t)all * PAIR;
    for (int row = first; row < end; row += 16) {
      global uint *to = packed + (row - first) / SIDE * PARTS * a_part + (row - first) / 16 % 2 * TILE;
      for (int step = 0; step < steps; ++step) {
        const int k = from + step * SIDE;
        put_along(
            a + (size_t)row * depth + k, depth, end - row, depth - k, to + step * PAIR, a_part);
      }
    }
    for (int start = 0; start < columns; start += SIDE) {
      const int width = min(SIDE, columns - start);
      global const uint *panel =
          words + offset + start / SIDE * PARTS * b_part + from / SIDE * PAIR;
      for (int row = first; row < end; row += SIDE) {
        MULTIPLY_PARTS(
            packed + (row - first) / SIDE * PARTS * a_part, a_part, panel, b_part, steps, block)
        for (int i = 0; i < min(SIDE, end - row); ++i) {
          const size_t place = (size_t)(row + i) * columns + start;
          for (int j = 0; j < width; j += LANES) {
            const int n = width - j;
            vec v = LOAD(block + i * SIDE + j);
            if (from > 0 || resumes) v += load(c + place + j, n);
            if (ends) {
              v = end_product(
                  v, n, mode, bias, has_bias, e, mask, y + place + j, row + i, start + j, columns);
            }
            store(v, c + place + j, n);
          }
        }
      }
    }
  }
  RELEASE
}

// C = Aᵀ · B, or C += Aᵀ · B, and the sums of B's columns, for A [depth × rows] and B [depth ×
// columns]. Work-item (i, j) takes the i-th `panels_each` panels and the j-th `height` rows of C. Along
// the depth it goes in steps of SPAN, and packs its part of A and B for each.
kernel void transposed_word_product(
    int rows, int columns, int depth, global const float *a, global const float *b,
    int panels_each, int height, global float *c, int accumulate, global float *sums,
    int wants_sums, global uint *scratch) {
  const int first = get_global_id(1) * height, end = min(first + height, rows);
  const int first_column = get_global_id(0) * panels_each * SIDE;
  const int end_column = min(first_column + panels_each * SIDE, columns);
  const size_t side = PARTS * (SPAN / SIDE) * PAIR;
  global uint *left =
      scratch + (get_global_id(1) * get_global_size(0) + get_global_id(0)) *
                    side * (height / SIDE + panels_each);
  global uint *right = left + side * (height / SIDE);
  float block[SIDE * SIDE];
  CONFIGURE
  for (int from = 0; from < depth; from += SPAN) {
    const int length = min(SPAN, depth - from), steps = (length + SIDE - 1) / SIDE;
    const size_t part_step = steps * PAIR;
    for (int step = 0; step < steps; ++step) {
      const int k = from + step * SIDE;
      for (int row = first; row < end; row += 16) {
        global uint *to =
            left + (row - first) / SIDE * side + step * PAIR + (row - first) / 16 % 2 * TILE;
        put_across(
            a + (size_t)k * rows + row, rows, depth - k, end - row, to, part_step);
        exchange(to, part_step);
      }
      for (int column = first_column; column < end_column; column += 16) {
        const int place = column - first_column;
        put_across(
            b + (size_t)k * columns + column, columns, depth - k, end_column - column,
            right + place / SIDE * side + step * PAIR + place / 16 % 2 * TILE, part_step);
      }
    }
    for (int start = first_column; start < end_column; start += SIDE) {
      const int width = min(SIDE, end_column - start);
      if (wants_sums && first == 0) {
        for (int j = 0; j < width; j += LANES) {
          const int n = width - j;
          vec sum = from > 0 ? load(sums + start + j, n) : (vec)(0.0f);
          for (int k = 0; k < length; ++k) sum += load(b + (size_t)(from + k) * columns + start + j, n);
          store(sum, sums + start + j, n);
        }
      }
      for (int row = first; row < end; row += SIDE) {
        MULTIPLY_PARTS(
            left + (row - first) / SIDE * side, part_step,
            right + (start - first_column) / SIDE * side, part_step, steps, block)
        for (int i = 0; i < min(SIDE, end - row); ++i) {
          global float *place = c + (size_t)(row + i) * columns + start;
          for (int j = 0; j < width; j += LANES) {
            vec v = LOAD(block + i * SIDE + j);
            if (from > 0 || accumulate) v += load(place + j, width - j);
            store(v, place + j, width - j);
          }
        }
      }
    }
  }
  RELEASE
}
