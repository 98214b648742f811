#include "vector.cl"

// Vectors of a field from a table that is not trained.

// y_f = Σ x F[id − first] over the slots of one field f; absent ids are negative. One work-item a vector of a row.
kernel void frozen_field(
    int rows, int slots, int fields, int width, int field, int first,
    global const int *field_starts, global const int *ids, global const float *values,
    int weighted, global const float *table, global float *y) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int j = item % vectors(width) * LANES, n = width - j;
  if (row >= rows) return;
  vec sum = 0.0f;
  for (int s = field_starts[field]; s < field_starts[field + 1]; ++s) {
    const int place = row * slots + s, id = ids[place];
    if (id < 0) continue;
    const float x = weighted ? values[place] : 1.0f;
    sum = fma((vec)x, load(table + (size_t)(id - first) * width + j, n), sum);
  }
  store(sum, y + ((size_t)row * fields + field) * width + j, n);
}
