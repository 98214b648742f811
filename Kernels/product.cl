// Products of field embeddings: what the product layers are made of, and products of activations.

// a[(r, j), f] = e[first + r, f, j]: the fields of a coordinate side by side.
// One work-item a coordinate of a row.
kernel void gather_coordinates(
    int rows, int first, int fields, int width, global const float *e, global float *a) {
  const int item = get_global_id(0), row = item / width, j = item % width;
  if (row >= rows) return;
  global const float *from = e + (size_t)(first + row) * fields * width + j;
  global float *to = a + (size_t)item * fields;
  for (int f = 0; f < fields; ++f) to[f] = from[(size_t)f * width];
}

// The way back: de[first + r, f, j] = a[(r, j), f]. One work-item a field of a row.
kernel void scatter_coordinates(
    int rows, int first, int fields, int width, global const float *a, global float *de,
    int accumulate) {
  const int item = get_global_id(0), row = item / fields, f = item % fields;
  if (row >= rows) return;
  global const float *from = a + (size_t)row * width * fields + f;
  global float *to = de + ((size_t)(first + row) * fields + f) * width;
  for (int j = 0; j < width; ++j) {
    const float v = from[(size_t)j * fields];
    to[j] = accumulate ? to[j] + v : v;
  }
}

// y[first + r, n] = Σ_j s[(r, j), n]². One work-item a vector of a row.
kernel void square_sums(
    int rows, int first, int width, int outputs, global const float *s, global float *y) {
  const int item = get_global_id(0), row = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (row >= rows) return;
  vec sum = 0.0f;
  for (int j = 0; j < width; ++j) {
    const vec v = load(s + ((size_t)row * width + j) * outputs + column, n);
    sum = fma(v, v, sum);
  }
  store(sum, y + (size_t)(first + row) * outputs + column, n);
}

// s[(r, j), n] becomes 2 · s[(r, j), n] · dy[first + r, n]. One work-item a vector of a row.
kernel void square_sums_gradient(
    int rows, int first, int width, int outputs, global const float *dy, global float *s) {
  const int item = get_global_id(0), row = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (row >= rows) return;
  const vec factor = 2.0f * load(dy + (size_t)(first + row) * outputs + column, n);
  for (int j = 0; j < width; ++j) {
    global float *place = s + ((size_t)row * width + j) * outputs + column;
    store(load(place, n) * factor, place, n);
  }
}

// Pairs (f, g) of m fields, f < g, stand in the order (0, 1), (0, 2), …, (1, 2), …: where those of f
// begin, and for f = m how many there are. Pairs f ≤ g are like those f < g + 1 of m + 1 fields.
static int first_pair(int f, int m) { return f * (2 * m - f - 1) / 2; }

// y[r, (f, g)] = ⟨e_f, e_g⟩ for f < g, or f ≤ g with `own`, where a[(r, j), f] = e[r, f, j]. One
// work-item a field of a row. What lies behind a row's fields is in lanes that are not stored.
kernel void pair_inner(
    int rows, int fields, int width, int own, global const float *a, global float *y) {
  const int item = get_global_id(0), row = item / fields, f = item % fields, m = fields + own;
  if (row >= rows) return;
  global const float *coordinates = a + (size_t)row * width * fields;
  global float *out = y + (size_t)row * first_pair(fields, m) + first_pair(f, m);
  for (int g = f + 1 - own; g < fields; g += LANES, out += LANES) {
    vec sum = 0.0f;
    for (int j = 0; j < width; ++j) {
      global const float *coordinate = coordinates + j * fields;
      sum = fma(LOAD(coordinate + g), (vec)(coordinate[f]), sum);
    }
    store(sum, out, fields - g);
  }
}

// de_f = Σ_g dy[r, (f, g)] · e_g over the other fields g and, with `own`, f twice; e and de from the
// row `first` on. One work-item a field of a row.
kernel void pair_inner_gradient(
    int rows, int first, int fields, int width, int own, global const float *e,
    global const float *dy, global float *de, int accumulate) {
  const int item = get_global_id(0), row = item / fields, f = item % fields, m = fields + own;
  if (row >= rows) return;
  const size_t place = (size_t)(first + row) * fields * width;
  global const float *slopes = dy + (size_t)row * first_pair(fields, m);
  for (int j = 0; j < width; j += LANES) {
    global const float *vectors_of_row = e + place + j;
    global float *to = de + place + f * width + j;
    vec sum = accumulate ? load(to, width - j) : (vec)(0.0f);
    int pair = f - 1 + own;
    for (int g = 0; g < f; pair += m - g - 2, ++g) {
      sum = fma(LOAD(vectors_of_row + g * width), (vec)(slopes[pair]), sum);
    }
    if (own) sum = fma(LOAD(vectors_of_row + f * width), (vec)(2.0f * slopes[pair]), sum);
    for (int g = f + 1; g < fields; ++g) {
      sum = fma(LOAD(vectors_of_row + g * width), (vec)(slopes[++pair]), sum);
    }
    store(sum, to, width - j);
  }
}

// w[(f, g), n] = θ[f, n] · θ[g, n] for f ≤ g, twice that for f < g. One work-item a vector of a field.
kernel void pair_weights(
    int fields, int outputs, global const float *theta, global float *w) {
  const int item = get_global_id(0), f = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (f >= fields) return;
  const vec own = load(theta + f * outputs + column, n);
  global float *to = w + (size_t)first_pair(f, fields + 1) * outputs + column;
  for (int g = f; g < fields; ++g, to += outputs) {
    const vec v = own * load(theta + g * outputs + column, n);
    store(g > f ? 2.0f * v : v, to, n);
  }
}

// dθ[f, n] = 2 Σ_g dw[(f, g), n] · θ[g, n] over all fields. One work-item a vector of a field.
kernel void pair_weights_gradient(
    int fields, int outputs, global const float *theta, global const float *dw,
    global float *dtheta) {
  const int item = get_global_id(0), f = item / vectors(outputs);
  const int column = item % vectors(outputs) * LANES, n = outputs - column;
  if (f >= fields) return;
  vec sum = 0.0f;
  int pair = f;
  for (int g = 0; g < fields; ++g) {
    const vec slope = load(dw + (size_t)pair * outputs + column, n);
    sum = fma(slope, load(theta + g * outputs + column, n), sum);
    pair += g < f ? fields - g - 1 : 1;
  }
  store(2.0f * sum, dtheta + f * outputs + column, n);
}

// y[b, (f, g), i, j] = e_f[i] · e_g[j] for f < g. One work-item a field of a row.
kernel void pair_outer(int rows, int fields, int width, global const float *e, global float *y) {
  const int item = get_global_id(0), row = item / fields, f = item % fields;
  if (row >= rows) return;
  global const float *vectors_of_row = e + (size_t)row * fields * width;
  const size_t pairs = (size_t)row * first_pair(fields, fields) + first_pair(f, fields);
  global float *out = y + pairs * width * width;
  for (int g = f + 1; g < fields; ++g) {
    for (int i = 0; i < width; ++i, out += width) {
      const float factor = vectors_of_row[f * width + i];
      for (int j = 0; j < width; ++j) out[j] = factor * vectors_of_row[g * width + j];
    }
  }
}

// de_f[i] = Σ_{g > f} Σ_j dy[(f, g), i, j] · e_g[j] + Σ_{g < f} Σ_j dy[(g, f), j, i] · e_g[j].
// One work-item a field of a row.
kernel void pair_outer_gradient(
    int rows, int fields, int width, global const float *e, global const float *dy,
    global float *de, int accumulate) {
  const int item = get_global_id(0), row = item / fields, f = item % fields;
  if (row >= rows) return;
  global const float *vectors_of_row = e + (size_t)row * fields * width;
  global const float *slopes = dy + (size_t)row * first_pair(fields, fields) * width * width;
  for (int i = 0; i < width; ++i) {
    global float *place = de + (size_t)item * width + i;
    float sum = accumulate ? *place : 0.0f;
    for (int g = 0; g < fields; ++g) {
      if (g == f) continue;
      const int low = min(f, g), pair = first_pair(low, fields) + max(f, g) - low - 1;
      global const float *slope = slopes + (size_t)pair * width * width;
      const int start = f < g ? i * width : i, stride = f < g ? 1 : width;
      for (int j = 0; j < width; ++j) {
        sum = fma(slope[start + j * stride], vectors_of_row[g * width + j], sum);
      }
    }
    *place = sum;
  }
}

// y = Σ_f e_f. One work-item a vector of a row.
kernel void field_sum(int rows, int fields, int width, global const float *e, global float *y) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int j = item % vectors(width) * LANES, n = width - j;
  if (row >= rows) return;
  global const float *from = e + (size_t)row * fields * width + j;
  vec sum = 0.0f;
  for (int f = 0; f < fields; ++f) sum += load(from + f * width, n);
  store(sum, y + (size_t)row * width + j, n);
}

// de_f = dy for each field. One work-item a field of a row.
kernel void field_sum_gradient(
    int rows, int fields, int width, global const float *dy, global float *de, int accumulate) {
  const int item = get_global_id(0), row = item / fields;
  if (row >= rows) return;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    global float *place = de + (size_t)item * width + j;
    const vec v = load(dy + (size_t)row * width + j, n);
    store(accumulate ? load(place, n) + v : v, place, n);
  }
}

// y[b, i, j] = x_i · x_j. One work-item a row of a sample's matrix.
kernel void outer_product(int rows, int width, global const float *x, global float *y) {
  const int item = get_global_id(0), row = item / width;
  if (row >= rows) return;
  for (int j = 0; j < width; j += LANES) {
    const vec v = load(x + (size_t)row * width + j, width - j) * x[item];
    store(v, y + (size_t)item * width + j, width - j);
  }
}

// dx_i = Σ_j (dy[b, i, j] + dy[b, j, i]) · x_j. One work-item a row of a sample's matrix.
kernel void outer_product_gradient(
    int rows, int width, global const float *x, global const float *dy, global float *dx,
    int accumulate) {
  const int item = get_global_id(0), row = item / width, i = item % width;
  if (row >= rows) return;
  global const float *matrix = dy + (size_t)row * width * width;
  float sum = accumulate ? dx[item] : 0.0f;
  for (int j = 0; j < width; ++j) {
    sum = fma(matrix[i * width + j] + matrix[j * width + i], x[(size_t)row * width + j], sum);
  }
  dx[item] = sum;
}

// y = a ∘ b, or y += a ∘ b. One work-item a vector.
kernel void multiply(
    int count, global const float *a, global const float *b, global float *y, int accumulate) {
  const int i = get_global_id(0) * LANES, n = count - i;
  if (i >= count) return;
  const vec v = load(a + i, n) * load(b + i, n);
  store(accumulate ? load(y + i, n) + v : v, y + i, n);
}
