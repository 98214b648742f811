#include "vector.cl"

// What a device can do at best, for other kernels to be measured against.

// Multiply-adds on numbers that stay in registers: twelve chains a work-item, enough for a processor
// that begins two a cycle and ends them four cycles later.
kernel void multiply_adds(int count, global const float *x, global float *y) {
  const vec factor = x[0], term = x[1];
  vec sums[12];
  for (int i = 0; i < 12; ++i) sums[i] = (float)i;
  for (int k = 0; k < count; ++k) {
#pragma unroll
    for (int i = 0; i < 12; ++i) sums[i] = fma(sums[i], factor, term);
  }
  vec sum = 0.0f;
  for (int i = 0; i < 12; ++i) sum += sums[i];
  y[get_global_id(0)] = total(sum);
}

// Sums of rows of 16 numbers from all over a table. One work-item a chunk of places.
kernel void gather_rows(int rows, global const float *table, global float *y) {
  const uint item = get_global_id(0);
  float sums[16];
  for (int j = 0; j < 16; ++j) sums[j] = 0.0f;
  for (uint i = item * CHUNK; i < (item + 1) * CHUNK; ++i) {
    global const float *row = table + (size_t)(i * 2654435761u % (uint)rows) * 16;
#pragma unroll
    for (int j = 0; j < 16; ++j) sums[j] += row[j];
  }
  for (int j = 1; j < 16; ++j) sums[0] += sums[j];
  y[item] = sums[0];
}
