#include "vector.cl"

// The product of two activations.

// y = a ∘ b, or y += a ∘ b. One work-item a vector.
kernel void multiply(
    int count, global const float *a, global const float *b, global float *y, int accumulate) {
  const int i = get_global_id(0) * LANES, n = count - i;
  if (i >= count) return;
  const vec v = load(a + i, n) * load(b + i, n);
  store(accumulate ? load(y + i, n) + v : v, y + i, n);
}
