#include "vector.cl"

// The factorization machine's pairwise term. One work-item a row. Whole vectors are loaded, into the
// next field or the slack behind the last one: their lanes past the width are not kept.

// y[b] = ½ Σ_j [(Σ_f e[b,f,j])² − Σ_f e[b,f,j]²]
kernel void interaction(
    int rows, int fields, int width, global const float *e, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  global const float *from = e + (size_t)row * fields * width;
  vec all = 0.0f;
  for (int j = 0; j < width; j += 2 * LANES) {
    vec sum0 = 0.0f, squares0 = 0.0f, sum1 = 0.0f, squares1 = 0.0f;
    for (int field = 0; field < fields; ++field) {
      global const float *place = from + field * width + j;
      const vec v0 = LOAD(place), v1 = LOAD(place + LANES);
      sum0 += v0;
      squares0 = fma(v0, v0, squares0);
      sum1 += v1;
      squares1 = fma(v1, v1, squares1);
    }
    all += first_lanes(sum0 * sum0 - squares0, (vec)(0.0f), width - j);
    all += first_lanes(sum1 * sum1 - squares1, (vec)(0.0f), width - j - LANES);
  }
  y[row] = 0.5f * total(all);
}

// de[b,f,j] = dy[b] · (Σ_g e[b,g,j] − e[b,f,j]). Vectors are stored in the order of the fields: what
// runs into the next one is stored over by it, or, where gradients accumulate, is what was there.
kernel void interaction_gradient(
    int rows, int fields, int width, global const float *e, global const float *dy,
    global float *de, int accumulate) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  global const float *from = e + (size_t)row * fields * width;
  global float *to = de + (size_t)row * fields * width;
  for (int j = 0; j < width; j += LANES) {
    vec sum = 0.0f;
    for (int field = 0; field < fields; ++field) sum += LOAD(from + field * width + j);
    for (int field = 0; field < fields; ++field) {
      const int n = width - j, place = field * width + j;
      const int left = fields * width - place;
      vec v = dy[row] * (sum - LOAD(from + place));
      if (accumulate || n < LANES) {
        const vec old = load(to + place, left);
        v = first_lanes(accumulate ? old + v : v, old, n);
      }
      store(v, to + place, left);
    }
  }
}
