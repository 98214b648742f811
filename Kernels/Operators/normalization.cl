#include "epilogue.cl"

// Batch normalisation. Column sums go over chunks of rows, then over the chunks.

// Vectors of a row that a work-item takes at once.
#define STRIP 4

// A chunk's mean and its sum of squared distances from it, [chunks × 2 × width]. Whole vectors are
// loaded: lanes past the width are never stored. One work-item a strip of a chunk.
kernel void chunk_moments(int rows, int width, global const float *x, global float *moments) {
  const int strips = (width + STRIP * LANES - 1) / (STRIP * LANES);
  const int item = get_global_id(0), chunk = item / strips;
  const int column = item % strips * STRIP * LANES;
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  vec mean[STRIP], distances[STRIP];
#pragma unroll
  for (int i = 0; i < STRIP; ++i) mean[i] = distances[i] = 0.0f;
  for (int row = first; row < end; ++row) {
    global const float *from = x + (size_t)row * width + column;
#pragma unroll
    for (int i = 0; i < STRIP; ++i) mean[i] += LOAD(from + i * LANES);
  }
#pragma unroll
  for (int i = 0; i < STRIP; ++i) mean[i] /= (float)(end - first);
  for (int row = first; row < end; ++row) {
    global const float *from = x + (size_t)row * width + column;
#pragma unroll
    for (int i = 0; i < STRIP; ++i) {
      const vec d = LOAD(from + i * LANES) - mean[i];
      distances[i] = fma(d, d, distances[i]);
    }
  }
  global float *to = moments + (size_t)chunk * 2 * width + column;
#pragma unroll
  for (int i = 0; i < STRIP; ++i) {
    const int n = width - column - i * LANES;
    if (n <= 0) continue;
    store(mean[i], to + i * LANES, n);
    store(distances[i], to + width + i * LANES, n);
  }
}

// Joins the moments of chunks (Chan, Golub & LeVeque 1979).
INLINE void join(int rows, int width, global const float *moments, int column, vec *mean, vec *distances) {
  vec m = 0.0f, d = 0.0f;
  SEVERAL
  for (int first = 0; first < rows; first += CHUNK) {
    global const float *chunk = moments + (size_t)(first / CHUNK) * 2 * width + column;
    const float size = min(CHUNK, rows - first), share = size / (first + size);
    const vec step = LOAD(chunk) - m;
    m = fma(step, (vec)(share), m);
    d += LOAD(chunk + width) + step * step * (share * first);
  }
  *mean = m;
  *distances = d;
}

// The mean of a piece of a batch and the sum of squared distances from it. One work-item a vector of columns.
kernel void join_moments(int rows, int width, global const float *moments, global float *saved) {
  const int column = get_global_id(0) * LANES, n = width - column;
  if (column >= width) return;
  vec mean, distances;
  join(rows, width, moments, column, &mean, &distances);
  store(mean, saved + column, n);
  store(distances, saved + width + column, n);
}

// Keeps μ and 1/√(σ² + ε) for this batch, and moves the running statistics. One work-item a vector of columns.
kernel void batch_statistics(
    int rows, int width, global const float *moments, float epsilon, float momentum,
    global float *saved, global float *running_mean, global float *running_variance) {
  const int column = get_global_id(0) * LANES, n = width - column;
  if (column >= width) return;
  vec mean, distances;
  join(rows, width, moments, column, &mean, &distances);
  store(mean, saved + column, n);
  store(1.0f / sqrt(distances / (float)rows + epsilon), saved + width + column, n);

  const vec old_mean = load(running_mean + column, n);
  const vec old_variance = load(running_variance + column, n);
  const vec variance = distances / (float)max(rows - 1, 1);
  store(old_mean + momentum * (mean - old_mean), running_mean + column, n);
  store(old_variance + momentum * (variance - old_variance), running_variance + column, n);
}

// y = epilogue(γ ∘ (x − μ) / √(σ² + ε) + β), with μ and 1/√(σ² + ε) of the batch, or the running
// mean and variance. One work-item a vector of a row.
kernel void normalize_rows(
    int rows, int width, global const float *x, global const float *gamma,
    global const float *beta, int training, global const float *saved,
    global const float *running_mean, global const float *running_variance, float epsilon,
    Epilogue e, global const uint *mask, global float *y) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const vec mean = load((training ? saved : running_mean) + column, n);
  const vec inverse = training
      ? load(saved + width + column, n)
      : 1.0f / sqrt(load(running_variance + column, n) + epsilon);
  const size_t place = (size_t)row * width + column;
  const vec normalized = (load(x + place, n) - mean) * inverse;
  const vec z = fma(load(gamma + column, n), normalized, load(beta + column, n));
  store(epilogue(z, e, mask, row, column, width), y + place, n);
}

// dz = dy ∘ epilogue'(y) in place of dy, and Σ dz and Σ dz ∘ x̂ over a chunk, [chunks × 2 × width].
// One work-item a vector of a chunk.
kernel void normalize_gradient_sums(
    int rows, int width, global const float *x, global const float *saved, Epilogue e,
    global const uint *mask, global const float *y, global float *dy, global float *scratch,
    int offset) {
  global float *sums = scratch + offset;
  const int item = get_global_id(0), chunk = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  const vec mean = load(saved + column, n), inverse = load(saved + width + column, n);
  vec dbeta = 0.0f, dgamma = 0.0f;
  for (int row = first; row < end; ++row) {
    const size_t place = (size_t)row * width + column;
    const vec dz =
        epilogue_gradient(load(dy + place, n), load(y + place, n), e, mask, row, column, width);
    store(dz, dy + place, n);
    dbeta += dz;
    dgamma = fma(dz, (load(x + place, n) - mean) * inverse, dgamma);
  }
  store(dbeta, sums + (size_t)chunk * 2 * width + column, n);
  store(dgamma, sums + (size_t)chunk * 2 * width + width + column, n);
}

// dβ and dγ from the chunks' sums. One work-item a vector of columns.
kernel void normalize_gradient_parameters(
    int rows, int width, global const float *scratch, int offset, global float *dgamma,
    global float *dbeta) {
  global const float *sums = scratch + offset;
  const int column = get_global_id(0) * LANES, n = width - column;
  if (column >= width) return;
  vec beta = 0.0f, gamma = 0.0f;
  SEVERAL
  for (int first = 0; first < rows; first += CHUNK) {
    global const float *chunk = sums + (size_t)(first / CHUNK) * 2 * width + column;
    beta += LOAD(chunk);
    gamma += LOAD(chunk + width);
  }
  store(beta, dbeta + column, n);
  store(gamma, dgamma + column, n);
}

// dx = γ/√(σ² + ε) ∘ (dz − dβ/whole − x̂ ∘ dγ/whole), `whole` being the rows that dβ and dγ are of. One work-item a
// vector of a row.
kernel void normalize_gradient(
    int rows, int width, global const float *x, global const float *gamma,
    global const float *saved, global const float *dz, global const float *dgamma,
    global const float *dbeta, global float *dx, int accumulate, float whole) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const size_t place = (size_t)row * width + column;
  const vec inverse = load(saved + width + column, n);
  const vec normalized = (load(x + place, n) - load(saved + column, n)) * inverse;
  const vec mean_part =
      (load(dbeta + column, n) + normalized * load(dgamma + column, n)) / whole;
  const vec v = load(gamma + column, n) * inverse * (load(dz + place, n) - mean_part);
  store(accumulate ? load(dx + place, n) + v : v, dx + place, n);
}
