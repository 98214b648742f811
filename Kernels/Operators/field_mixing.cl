#include "vector.cl"

// A dense layer over the axis of a sample's fields.

// y_f = Σ_g W[g,f] x_g + bias[f], or Σ_g W[f,g] x_g where W is taken transposed. One work-item a field of a row.
kernel void mix_fields(
    int rows, int fields, int width, global const float *x, global const float *weight,
    int transposed, global const float *bias, int has_bias, global float *y, int accumulate) {
  const int item = get_global_id(0), row = item / fields, f = item % fields;
  if (row >= rows) return;
  global const float *from = x + (size_t)row * fields * width;
  global const float *factors = weight + (transposed ? f * fields : f);
  const int stride = transposed ? 1 : fields;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec sum = has_bias ? bias[f] : 0.0f;
    for (int g = 0; g < fields; ++g) {
      sum = fma(load(from + g * width + j, n), (vec)(factors[g * stride]), sum);
    }
    global float *place = y + (size_t)item * width + j;
    store(accumulate ? load(place, n) + sum : sum, place, n);
  }
}

// Fields whose sums a work-item makes at once.
#define TILE 4

// Σ_{b,j} x_g dy_f for all f, and Σ_{b,j} dy_g, over a chunk of rows: [chunks × (fields + 1) × fields]. One work-item
// a field g of a chunk.
kernel void field_mixing_sums(
    int rows, int fields, int width, global const float *e, global const float *dy,
    global float *sums) {
  const int item = get_global_id(0), chunk = item / fields, g = item % fields;
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  global float *to = sums + (size_t)chunk * (fields + 1) * fields;
  for (int f = 0; f < fields; f += TILE) {
    vec tile[TILE];
    int places[TILE];
#pragma unroll
    for (int t = 0; t < TILE; ++t) {
      tile[t] = 0.0f;
      places[t] = min(f + t, fields - 1) * width;
    }
    for (int row = first; row < end; ++row) {
      const size_t place = (size_t)row * fields * width;
      for (int j = 0; j < width; j += LANES) {
        const int n = width - j;
        const vec x = load_whole(e + place + g * width + j, n);
#pragma unroll
        for (int t = 0; t < TILE; ++t) {
          tile[t] = fma(x, load_whole(dy + place + places[t] + j, n), tile[t]);
        }
      }
    }
#pragma unroll
    for (int t = 0; t < TILE; ++t) {
      if (f + t < fields) to[g * fields + f + t] = total(tile[t]);
    }
  }
  vec slope = 0.0f;
  for (int row = first; row < end; ++row) {
    global const float *from = dy + ((size_t)row * fields + g) * width;
    for (int j = 0; j < width; j += LANES) slope += load_whole(from + j, width - j);
  }
  to[fields * fields + g] = total(slope);
}

// The chunks' sums, one after the other. One work-item a number.
kernel void field_mixing_parameters(
    int chunks, int fields, global const float *sums, global float *dweight, global float *dbias) {
  const int place = get_global_id(0), count = (fields + 1) * fields;
  if (place >= count) return;
  float sum = 0.0f;
  SEVERAL
  for (int chunk = 0; chunk < chunks; ++chunk) sum += sums[(size_t)chunk * count + place];
  if (place < fields * fields) {
    dweight[place] = sum;
  } else {
    dbias[place - fields * fields] = sum;
  }
}
