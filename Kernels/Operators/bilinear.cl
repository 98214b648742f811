#include "vector.cl"

// Bilinear forms of two activations, head by head: of a, [rows × heads·p], c, [rows × heads·q], and W,
// [heads·p × q].

// y = Σ_h Σ_j (a_hᵀ W_h)[j] c_h[j]. One work-item a row.
kernel void bilinear(
    int rows, int heads, int p, int q, global const float *a, global const float *c,
    global const float *weight, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  a += (size_t)row * heads * p;
  c += (size_t)row * heads * q;
  vec sum = 0.0f;
  for (int h = 0; h < heads; ++h) {
    for (int j = 0; j < q; j += LANES) {
      vec form = 0.0f;
      for (int i = h * p; i < (h + 1) * p; ++i) {
        form = fma(load(weight + (size_t)i * q + j, q - j), (vec)(a[i]), form);
      }
      sum = fma(form, load(c + h * q + j, q - j), sum);
    }
  }
  y[row] = total(sum);
}

// da_h[i] = dy · Σ_j W[i,j] c_h[j]. One work-item a vector of a head of a row.
kernel void bilinear_first(
    int rows, int heads, int p, int q, global const float *c, global const float *weight,
    global const float *dy, global float *da, int accumulate) {
  const int item = get_global_id(0), head = item / vectors(p), row = head / heads;
  const int i = item % vectors(p) * LANES, n = p - i;
  if (row >= rows) return;
  // The last of W stands for those that a head has no longer: their sums are not stored.
  int places[LANES];
  vec sums[LANES];
#pragma unroll
  for (int k = 0; k < LANES; ++k) {
    places[k] = (head % heads * p + min(i + k, p - 1)) * q;
    sums[k] = 0.0f;
  }
  for (int j = 0; j < q; j += LANES) {
    const vec x = load(c + (size_t)head * q + j, q - j);
#pragma unroll
    for (int k = 0; k < LANES; ++k) sums[k] = fma(load(weight + places[k] + j, q - j), x, sums[k]);
  }
  transpose(sums);
#pragma unroll
  for (int side = LANES / 2; side > 0; side /= 2) {
#pragma unroll
    for (int k = 0; k < side; ++k) sums[k] += sums[k + side];
  }
  const vec v = dy[row] * sums[0];
  global float *place = da + (size_t)head * p + i;
  store(accumulate ? load(place, n) + v : v, place, n);
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
