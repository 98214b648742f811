#include "vector.cl"

// Columns of one matrix that are columns of another.

// Copies or adds `width` columns of a matrix of `from_width`, from column `from` on, to those of another, from
// column `to` on. One work-item a vector of a row.
kernel void copy_columns(
    int rows, int width, int from_width, int from, int to_width, int to, global const float *x,
    global float *y, int accumulate) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  global float *place = y + (size_t)row * to_width + to + column;
  const vec v = load(x + (size_t)row * from_width + from + column, n);
  store(accumulate ? load(place, n) + v : v, place, n);
}
