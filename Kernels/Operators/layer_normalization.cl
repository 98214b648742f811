#include "vector.cl"

// Layer normalisation: each row by its own mean and variance.

// μ and 1/√(σ² + ε) of a row.
static float2 moments(int width, float epsilon, global const float *x) {
  vec sum = 0.0f;
  for (int j = 0; j < width; j += LANES) sum += load(x + j, width - j);
  const float mean = total(sum) / width;
  vec squares = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    const vec d = first_lanes(load(x + j, width - j) - mean, (vec)(0.0f), width - j);
    squares = fma(d, d, squares);
  }
  return (float2)(mean, 1.0f / sqrt(total(squares) / width + epsilon));
}

// y = γ ∘ x̂ + β with x̂ = (x − μ) / √(σ² + ε). One work-item a row.
kernel void layer_norm(
    int rows, int width, float epsilon, global const float *x, global const float *gamma,
    global const float *beta, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  global const float *from = x + (size_t)row * width;
  const float2 m = moments(width, epsilon, from);
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    const vec normalized = (load(from + j, n) - m.x) * m.y;
    store(fma(load(gamma + j, n), normalized, load(beta + j, n)), y + (size_t)row * width + j, n);
  }
}

// dx = (g − mean(g) − x̂ · mean(g ∘ x̂)) / √(σ² + ε) with g = γ ∘ dy. One work-item a row.
kernel void layer_norm_gradient(
    int rows, int width, float epsilon, global const float *x, global const float *gamma,
    global const float *dy, global float *dx, int accumulate) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  const size_t place = (size_t)row * width;
  const float2 m = moments(width, epsilon, x + place);
  vec sum = 0.0f, products = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    const vec g = load(gamma + j, n) * load(dy + place + j, n);
    sum += g;
    products = fma(g, (load(x + place + j, n) - m.x) * m.y, products);
  }
  const float mean = total(sum) / width, slope = total(products) / width;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    const vec g = load(gamma + j, n) * load(dy + place + j, n);
    const vec v = (g - mean - (load(x + place + j, n) - m.x) * m.y * slope) * m.y;
    store(accumulate ? load(dx + place + j, n) + v : v, dx + place + j, n);
  }
}

// Σ dy ∘ x̂ and Σ dy over a chunk of rows, [chunks × 2 × width]. One work-item a chunk.
kernel void layer_norm_parameters(
    int rows, int width, float epsilon, global const float *x, global const float *dy,
    global float *sums) {
  const int chunk = get_global_id(0), first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  global float *dgamma = sums + (size_t)chunk * 2 * width, *dbeta = dgamma + width;
  for (int row = first; row < end; ++row) {
    const size_t place = (size_t)row * width;
    const float2 m = moments(width, epsilon, x + place);
    for (int j = 0; j < width; j += LANES) {
      const int n = width - j;
      const vec d = load(dy + place + j, n), e = d * ((load(x + place + j, n) - m.x) * m.y);
      store(row > first ? load(dgamma + j, n) + e : e, dgamma + j, n);
      store(row > first ? load(dbeta + j, n) + d : d, dbeta + j, n);
    }
  }
}

// The chunks' sums, one after the other. One work-item a vector of columns.
kernel void layer_norm_sums(
    int rows, int width, global const float *sums, global float *dgamma, global float *dbeta) {
  const int j = get_global_id(0) * LANES, n = width - j;
  if (j >= width) return;
  vec gamma = 0.0f, beta = 0.0f;
  SEVERAL
  for (int first = 0; first < rows; first += CHUNK) {
    global const float *chunk = sums + (size_t)(first / CHUNK) * 2 * width + j;
    gamma += load(chunk, n);
    beta += load(chunk + width, n);
  }
  store(gamma, dgamma + j, n);
  store(beta, dbeta + j, n);
}
