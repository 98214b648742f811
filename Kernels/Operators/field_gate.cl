#include "vector.cl"

// Gates of fields that add up to one.

// g = softmax(w / τ), each as often as its field has numbers, [fields·width]. One work-item a field.
kernel void field_gates(
    int fields, int width, float temperature, global const float *weight, global float *gates) {
  const int f = get_global_id(0);
  if (f >= fields) return;
  float top = weight[0];
  for (int h = 1; h < fields; ++h) top = fmax(top, weight[h]);
  float sum = 0.0f;
  for (int h = 0; h < fields; ++h) sum += exp((weight[h] - top) / temperature);
  const float g = exp((weight[f] - top) / temperature) / sum;
  for (int j = 0; j < width; ++j) gates[f * width + j] = g;
}

// Σ ⟨dy_f, e_f⟩ over a chunk of rows, [chunks × fields]. One work-item a field of a chunk.
kernel void field_gate_sums(
    int rows, int fields, int width, global const float *e, global const float *dy,
    global float *sums) {
  const int item = get_global_id(0), chunk = item / fields, f = item % fields;
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  vec sum = 0.0f;
  for (int row = first; row < end; ++row) {
    const size_t place = ((size_t)row * fields + f) * width;
    for (int j = 0; j < width; j += LANES) {
      const int n = width - j;
      sum = fma(load_whole(e + place + j, n), load_whole(dy + place + j, n), sum);
    }
  }
  sums[item] = total(sum);
}

// dw_f = g_f / τ · (s_f − Σ_h g_h s_h) with the sums s over all rows. One work-item a field.
kernel void field_gate_weight(
    int fields, int width, float temperature, global const float *gates, global const float *sums,
    global float *dweight) {
  const int f = get_global_id(0);
  if (f >= fields) return;
  float mean = 0.0f;
  for (int h = 0; h < fields; ++h) mean = fma(gates[h * width], sums[h], mean);
  dweight[f] = gates[f * width] / temperature * (sums[f] - mean);
}
