#include "vector.cl"

// An activation times a number.

// y = c · x, or y += c · x. One work-item a vector.
kernel void scale(
    int count, float factor, global const float *x, global float *y, int accumulate) {
  const int i = get_global_id(0) * LANES, n = count - i;
  if (i >= count) return;
  const vec v = factor * load(x + i, n);
  store(accumulate ? load(y + i, n) + v : v, y + i, n);
}
