#include "vector.cl"

// Sums of activations.

// y = a + b + c + d, the first `terms` of them, in this order; y may be a.
kernel void add(
    int count, int terms, global const float *a, global const float *b, global const float *c,
    global const float *d, global float *y) {
  const int i = get_global_id(0) * LANES, n = count - i;
  if (i >= count) return;
  vec sum = load(a + i, n);
  if (terms > 1) sum += load(b + i, n);
  if (terms > 2) sum += load(c + i, n);
  if (terms > 3) sum += load(d + i, n);
  store(sum, y + i, n);
}
