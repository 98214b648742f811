#include "pair_products.cl"

// PNN's inner product layer: by the sums of the fields, or by pairs.

// The way back: de[first + r, f, j] = a[(r, j), f]. One work-item a field of a row.
kernel void scatter_coordinates(
    int rows, int first, int fields, int width, global const float *a, global float *de,
    int accumulate) {
  const int item = get_global_id(0), row = item / fields, f = item % fields;
  if (row >= rows) return;
  global const float *from = a + (size_t)row * width * fields + f;
  global float *to = de + ((size_t)(first + row) * fields + f) * width;
  for (int j = 0; j < width; ++j) {
    const float v = from[(size_t)j * fields];
    to[j] = accumulate ? to[j] + v : v;
  }
}

// y[first + r, n] = Σ_j s[(r, j), n]². One work-item a vector of a row.
kernel void square_sums(
    int rows, int first, int width, int outputs, global const float *s, global float *y) {
  const int item = get_global_id(0), row = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (row >= rows) return;
  vec sum = 0.0f;
  for (int j = 0; j < width; ++j) {
    const vec v = load(s + ((size_t)row * width + j) * outputs + column, n);
    sum = fma(v, v, sum);
  }
  store(sum, y + (size_t)(first + row) * outputs + column, n);
}

// s[(r, j), n] becomes 2 · s[(r, j), n] · dy[first + r, n]. One work-item a vector of a row.
kernel void square_sums_gradient(
    int rows, int first, int width, int outputs, global const float *dy, global float *s) {
  const int item = get_global_id(0), row = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (row >= rows) return;
  const vec factor = 2.0f * load(dy + (size_t)(first + row) * outputs + column, n);
  for (int j = 0; j < width; ++j) {
    global float *place = s + ((size_t)row * width + j) * outputs + column;
    store(load(place, n) * factor, place, n);
  }
}

// w[(f, g), n] = θ[f, n] · θ[g, n] for f ≤ g, twice that for f < g. One work-item a vector of a field.
kernel void pair_weights(
    int fields, int outputs, global const float *theta, global float *w) {
  const int item = get_global_id(0), f = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (f >= fields) return;
  const vec own = load(theta + f * outputs + column, n);
  global float *to = w + (size_t)first_pair(f, fields + 1) * outputs + column;
  for (int g = f; g < fields; ++g, to += outputs) {
    const vec v = own * load(theta + g * outputs + column, n);
    store(g > f ? 2.0f * v : v, to, n);
  }
}

// dθ[f, n] = 2 Σ_g dw[(f, g), n] · θ[g, n] over all fields. One work-item a vector of a field.
kernel void pair_weights_gradient(
    int fields, int outputs, global const float *theta, global const float *dw,
    global float *dtheta) {
  const int item = get_global_id(0), f = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (f >= fields) return;
  vec sum = 0.0f;
  int pair = f;
  for (int g = 0; g < fields; ++g) {
    const vec slope = load(dw + (size_t)pair * outputs + column, n);
    sum = fma(slope, load(theta + g * outputs + column, n), sum);
    pair += g < f ? fields - g - 1 : 1;
  }
  store(2.0f * sum, dtheta + f * outputs + column, n);
}
