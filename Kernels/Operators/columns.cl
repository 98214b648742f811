#include "vector.cl"

// Columns that are those of another matrix, and columns times numbers of their own.

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

// y = s ∘ x row by row, with a number for each column. One work-item a vector of a row.
kernel void scale_columns(
    int rows, int width, global const float *s, global const float *x, global float *y,
    int accumulate) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const size_t place = (size_t)row * width + column;
  const vec v = load(s + column, n) * load(x + place, n);
  store(accumulate ? load(y + place, n) + v : v, y + place, n);
}
