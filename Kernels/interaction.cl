// The factorization machine's pairwise term. One work-item a row.

// y[b] = ½ Σ_j [(Σ_f e[b,f,j])² − Σ_f e[b,f,j]²]
kernel void interaction(
    int rows, int fields, int width, global const float *e, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  global const float *from = e + (size_t)row * fields * width;
  vec all = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    vec sum = 0.0f, squares = 0.0f;
    for (int field = 0; field < fields; ++field) {
      const vec v = load(from + field * width + j, width - j);
      sum += v;
      squares = fma(v, v, squares);
    }
    all += sum * sum - squares;
  }
  y[row] = 0.5f * total(all);
}

// de[b,f,j] = dy[b] · (Σ_g e[b,g,j] − e[b,f,j])
kernel void interaction_gradient(
    int rows, int fields, int width, global const float *e, global const float *dy,
    global float *de, int accumulate) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  global const float *from = e + (size_t)row * fields * width;
  global float *to = de + (size_t)row * fields * width;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec sum = 0.0f;
    for (int field = 0; field < fields; ++field) sum += load(from + field * width + j, n);
    for (int field = 0; field < fields; ++field) {
      const vec v = dy[row] * (sum - load(from + field * width + j, n));
      global float *place = to + field * width + j;
      store(accumulate ? load(place, n) + v : v, place, n);
    }
  }
}
