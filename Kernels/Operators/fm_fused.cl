#include "entries.cl"

// The factorization machine of single ids without values, from its tables to its logits and back: rows
// of the tables are read once a pass, and no field embedding nor its derivative is ever stored.

// How many places ahead memory is asked for.
#define AHEAD 32

// z[b] = bias + Σ_f w[id] + ½ Σ_j [(Σ_f V[id,j])² − Σ_f V[id,j]²]; and Σ_f V[id,:] of each row, [rows ×
// width]. One work-item a row.
kernel void fm_forward(
    int rows, int fields, int width, global const int *ids, global const entry *table,
    global const entry *weights, global const float *bias, global float *row_sums, global float *z) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  const int begin = row * fields, last = rows * fields - 1;
  float linear = bias[0];
  vec pairs = 0.0f;
  for (int j = 0; j < width; j += 2 * LANES) {
    vec sum0 = 0.0f, squares0 = 0.0f, sum1 = 0.0f, squares1 = 0.0f;
    for (int place = begin; place < begin + fields; ++place) {
      const int id = ids[place], later = max(ids[min(place + AHEAD, last)], 0);
      PREFETCH(table + (size_t)later * width + j);
      PREFETCH(table + (size_t)later * width + min(j + 2 * LANES, width) - 1);
      if (j == 0) PREFETCH(weights + later);
      if (id < 0) continue;
      global const entry *from = table + (size_t)id * width + j;
      const vec v0 = LOAD_ENTRIES(from), v1 = LOAD_ENTRIES(from + LANES);
      sum0 += v0;
      squares0 = fma(v0, v0, squares0);
      sum1 += v1;
      squares1 = fma(v1, v1, squares1);
      if (j == 0) linear += ENTRY(weights[id]);
    }
    pairs += first_lanes(fma(sum0, sum0, -squares0), (vec)(0.0f), width - j);
    pairs += first_lanes(fma(sum1, sum1, -squares1), (vec)(0.0f), width - j - LANES);
    store(sum0, row_sums + (size_t)row * width + j, width - j);
    store(sum1, row_sums + (size_t)row * width + j + LANES, width - j - LANES);
  }
  z[row] = linear + 0.5f * total(pairs);
}
