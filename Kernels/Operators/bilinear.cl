#include "vector.cl"

// Bilinear forms of two activations, head by head: of a, [rows × heads·p], c, [rows × heads·q], and W,
// [heads·p × q].

// Σ_j W[i,j] c[j] of q numbers.
static float row_product(int q, global const float *w, global const float *c) {
  vec sum = 0.0f;
  for (int j = 0; j < q; j += LANES) sum = fma(load(w + j, q - j), load(c + j, q - j), sum);
  return total(sum);
}

// y = Σ_h a_hᵀ W_h c_h. One work-item a row.
kernel void bilinear(
    int rows, int heads, int p, int q, global const float *a, global const float *c,
    global const float *weight, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  float sum = 0.0f;
  for (int i = 0; i < heads * p; ++i) {
    global const float *head = c + ((size_t)row * heads + i / p) * q;
    sum = fma(a[(size_t)row * heads * p + i], row_product(q, weight + (size_t)i * q, head), sum);
  }
  y[row] = sum;
}

// da[i] = dy · Σ_j W[i,j] c_h[j]. One work-item a number of a.
kernel void bilinear_first(
    int rows, int heads, int p, int q, global const float *c, global const float *weight,
    global const float *dy, global float *da, int accumulate) {
  const int item = get_global_id(0), row = item / (heads * p), i = item % (heads * p);
  if (row >= rows) return;
  global const float *head = c + ((size_t)row * heads + i / p) * q;
  const float v = dy[row] * row_product(q, weight + (size_t)i * q, head);
  da[item] = accumulate ? da[item] + v : v;
}

// dc_h[j] = dy · Σ_i W[i,j] a_h[i]. One work-item a head of a row.
kernel void bilinear_second(
    int rows, int heads, int p, int q, global const float *a, global const float *weight,
    global const float *dy, global float *dc, int accumulate) {
  const int item = get_global_id(0), row = item / heads, h = item % heads;
  if (row >= rows) return;
  for (int j = 0; j < q; j += LANES) {
    const int n = q - j;
    vec sum = 0.0f;
    for (int i = 0; i < p; ++i) {
      const float factor = a[(size_t)item * p + i];
      sum = fma(load(weight + ((size_t)h * p + i) * q + j, n), (vec)(factor), sum);
    }
    global float *place = dc + (size_t)item * q + j;
    sum *= dy[row];
    store(accumulate ? load(place, n) + sum : sum, place, n);
  }
}

// Σ dy · a[i] c_h[j] over a chunk of rows, [chunks × heads·p × q]. One work-item a row of W in a chunk.
kernel void bilinear_weight_sums(
    int rows, int heads, int p, int q, global const float *a, global const float *c,
    global const float *dy, global float *sums) {
  const int item = get_global_id(0), chunk = item / (heads * p), i = item % (heads * p);
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  for (int j = 0; j < q; j += LANES) {
    const int n = q - j;
    vec sum = 0.0f;
    for (int row = first; row < end; ++row) {
      const float factor = dy[row] * a[(size_t)row * heads * p + i];
      sum = fma(load(c + ((size_t)row * heads + i / p) * q + j, n), (vec)(factor), sum);
    }
    store(sum, sums + (size_t)item * q + j, n);
  }
}
