#include "vector.cl"

// Two passes over the same rows, the second behind the first, and the mean of their probabilities.

// Each copy of y = x. One work-item a vector.
kernel void repeat_rows(int count, int copies, global const float *x, global float *y) {
  const int i = get_global_id(0) * LANES, n = count - i;
  if (i >= count) return;
  const vec v = load(x + i, n);
  for (int copy = 0; copy < copies; ++copy) store(v, y + (size_t)copy * count + i, n);
}

// dx = Σ dy over the copies. One work-item a vector.
kernel void fold_rows(
    int count, int copies, global const float *dy, global float *dx, int accumulate) {
  const int i = get_global_id(0) * LANES, n = count - i;
  if (i >= count) return;
  vec sum = accumulate ? load(dx + i, n) : (vec)(0.0f);
  for (int copy = 0; copy < copies; ++copy) sum += load(dy + (size_t)copy * count + i, n);
  store(sum, dx + i, n);
}

// ln (1 + eˣ).
static float softplus(float x) { return fmax(x, 0.0f) + log1p(exp(-fabs(x))); }

// ln (eᵃ + eᵇ).
static float sum_of_exponentials(float a, float b) {
  return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

static float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }

// z̄ = ln (p₁ + p₂) − ln (q₁ + q₂). One work-item a row.
kernel void mean_of_passes(int rows, global const float *z, global float *mean) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  const float a = z[row], b = z[rows + row];
  mean[row] = sum_of_exponentials(-softplus(-a), -softplus(-b))
      - sum_of_exponentials(-softplus(a), -softplus(b));
}

// dz = dz̄ · 2 · p/(p + p') · q/(q + q') with the probabilities p' and q' of the other pass. One work-item a row of
// a pass.
kernel void mean_of_passes_gradient(
    int rows, global const float *z, global const float *dmean, global float *dz, int accumulate) {
  const int place = get_global_id(0);
  if (place >= 2 * rows) return;
  const float own = z[place], other = z[place < rows ? place + rows : place - rows];
  const float p = sigmoid(softplus(-other) - softplus(-own));
  const float q = sigmoid(softplus(other) - softplus(own));
  const float v = dmean[place < rows ? place : place - rows] * 2.0f * p * q;
  dz[place] = accumulate ? dz[place] + v : v;
}
