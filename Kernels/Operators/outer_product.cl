#include "vector.cl"

// The outer product of a vector with itself.

// y[b, i, j] = x_i · x_j. One work-item a row of a sample's matrix.
kernel void outer_product(int rows, int width, global const float *x, global float *y) {
  const int item = get_global_id(0), row = item / width;
  if (row >= rows) return;
  for (int j = 0; j < width; j += LANES) {
    const vec v = load(x + (size_t)row * width + j, width - j) * x[item];
    store(v, y + (size_t)item * width + j, width - j);
  }
}

// dx_i = Σ_j (dy[b, i, j] + dy[b, j, i]) · x_j. One work-item a row of a sample's matrix.
kernel void outer_product_gradient(
    int rows, int width, global const float *x, global const float *dy, global float *dx,
    int accumulate) {
  const int item = get_global_id(0), row = item / width, i = item % width;
  if (row >= rows) return;
  global const float *matrix = dy + (size_t)row * width * width;
  float sum = accumulate ? dx[item] : 0.0f;
  for (int j = 0; j < width; ++j) {
    sum = fma(matrix[i * width + j] + matrix[j * width + i], x[(size_t)row * width + j], sum);
  }
  dx[item] = sum;
}
