#include "vector.cl"

// Rows times numbers of their own.

// y = s · x row by row. One work-item a vector of a row.
kernel void scale_rows(
    int rows, int width, global const float *x, global const float *s, global float *y,
    int accumulate) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const size_t place = (size_t)row * width + column;
  const vec v = s[row] * load(x + place, n);
  store(accumulate ? load(y + place, n) + v : v, y + place, n);
}

// y = ⟨a, b⟩ row by row. One work-item a row.
kernel void row_products(
    int rows, int width, global const float *a, global const float *b, global float *y,
    int accumulate) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  const size_t place = (size_t)row * width;
  vec sum = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    sum = fma(load(a + place + j, width - j), load(b + place + j, width - j), sum);
  }
  y[row] = accumulate ? y[row] + total(sum) : total(sum);
}
