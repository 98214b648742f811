#include "vector.cl"

// Products of all pairs of fields.

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
