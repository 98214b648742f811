#include "vector.cl"

// The sum of a sample's field vectors.

// y = Σ_f e_f. One work-item a vector of a row.
kernel void field_sum(int rows, int fields, int width, global const float *e, global float *y) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int j = item % vectors(width) * LANES, n = width - j;
  if (row >= rows) return;
  global const float *from = e + (size_t)row * fields * width + j;
  vec sum = 0.0f;
  for (int f = 0; f < fields; ++f) sum += load(from + f * width, n);
  store(sum, y + (size_t)row * width + j, n);
}

// de_f = dy for each field. One work-item a field of a row.
kernel void field_sum_gradient(
    int rows, int fields, int width, global const float *dy, global float *de, int accumulate) {
  const int item = get_global_id(0), row = item / fields;
  if (row >= rows) return;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    global float *place = de + (size_t)item * width + j;
    const vec v = load(dy + (size_t)row * width + j, n);
    store(accumulate ? load(place, n) + v : v, place, n);
  }
}
