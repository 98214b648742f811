#include "vector.cl"

// Sums of activations.

// y = a + b; y may be a.
kernel void add(int count, global const float *a, global const float *b, global float *y) {
  const int i = get_global_id(0) * LANES, n = count - i;
  if (n > 0) store(load(a + i, n) + load(b + i, n), y + i, n);
}
