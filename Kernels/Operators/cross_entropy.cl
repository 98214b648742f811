#include "vector.cl"

// Sigmoid cross-entropy on logits z with labels t and sample weights w.

// dz = w·(σ(z) − t) / Σ w, and the sum of w·ℓ over a chunk of rows. One work-item a chunk.
kernel void cross_entropy(
    int rows, global const float *logits, global const float *labels, global const float *weights,
    int weighted, float inverse_weight, global float *dlogits, global float *sums) {
  const int chunk = get_global_id(0);
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  vec sum = 0.0f;
  for (int row = first; row < end; row += LANES) {
    const int n = end - row;
    const vec z = load(logits + row, n), t = load(labels + row, n);
    // Lanes past the end weigh nothing.
    const vec w = weighted ? load(weights + row, n) : first_lanes((vec)(1.0f), (vec)(0.0f), n);
    const vec small = exp(-fabs(z)), large = 1.0f / (1.0f + small);
    sum = fma(w, fmax(z, 0.0f) - z * t + log1p(small), sum);
    store(w * ((z < 0.0f ? small * large : large) - t) * inverse_weight, dlogits + row, n);
  }
  sums[chunk] = total(sum);
}

// loss[0] = the batch's loss; loss[1] += it. One work-item.
kernel void add_loss(int count, global const float *sums, float inverse_weight, global float *loss) {
  if (get_global_id(0) > 0) return;
  float sum = 0.0f;
  SEVERAL
  for (int chunk = 0; chunk < count; ++chunk) sum += sums[chunk];
  loss[0] = sum * inverse_weight;
  loss[1] += loss[0];
}
