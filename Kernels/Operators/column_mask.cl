#include "vector.cl"

// Columns that are kept, and columns that are zero.

// y = m ⊙ x row by row. One work-item a vector of a row.
kernel void column_mask(
    int rows, int width, global const float *x, global const float *mask, global float *y,
    int accumulate) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const size_t place = (size_t)row * width + column;
  const vec v = load(mask + column, n) * load(x + place, n);
  store(accumulate ? load(y + place, n) + v : v, y + place, n);
}
