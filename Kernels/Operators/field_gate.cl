#include "vector.cl"

// Gates of fields that add up to one.

// g_f of softmax(w / τ).
static float gate(int fields, int f, float temperature, global const float *weight) {
  float top = weight[0];
  for (int h = 1; h < fields; ++h) top = fmax(top, weight[h]);
  float sum = 0.0f;
  for (int h = 0; h < fields; ++h) sum += exp((weight[h] - top) / temperature);
  return exp((weight[f] - top) / temperature) / sum;
}

// y_f = g_f x_f. One work-item a field of a row.
kernel void gate_fields(
    int rows, int fields, int width, float temperature, global const float *weight,
    global const float *x, global float *y, int accumulate) {
  const int item = get_global_id(0), row = item / fields;
  if (row >= rows) return;
  const float g = gate(fields, item % fields, temperature, weight);
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    global float *place = y + (size_t)item * width + j;
    const vec v = g * load(x + (size_t)item * width + j, n);
    store(accumulate ? load(place, n) + v : v, place, n);
  }
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
      sum = fma(load(e + place + j, width - j), load(dy + place + j, width - j), sum);
    }
  }
  sums[item] = total(sum);
}

// dw_f = g_f / τ · (s_f − Σ_h g_h s_h) with the chunks' sums s. One work-item a field.
kernel void field_gate_weight(
    int chunks, int fields, float temperature, global const float *weight,
    global const float *sums, global float *dweight) {
  const int f = get_global_id(0);
  if (f >= fields) return;
  float mean = 0.0f, own = 0.0f;
  for (int h = 0; h < fields; ++h) {
    float sum = 0.0f;
    for (int chunk = 0; chunk < chunks; ++chunk) sum += sums[(size_t)chunk * fields + h];
    if (h == f) own = sum;
    mean = fma(gate(fields, h, temperature, weight), sum, mean);
  }
  dweight[f] = gate(fields, f, temperature, weight) / temperature * (own - mean);
}
