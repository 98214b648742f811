#include "epilogue.cl"

// Activation and dropout by themselves. One work-item a vector.

// y = epilogue(x), [rows × width].
kernel void activate(
    int rows, int width, Epilogue e, global const uint *mask, global const float *x,
    global float *y) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const size_t place = (size_t)row * width + column;
  store(epilogue(load(x + place, n), e, mask, row, column, width), y + place, n);
}

// dx = dy ∘ epilogue'(y), [rows × width]; dx may be dy.
kernel void activate_gradient(
    int rows, int width, Epilogue e, global const uint *mask, global const float *y,
    global const float *dy, global float *dx, int accumulate) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const size_t place = (size_t)row * width + column;
  const vec v =
      epilogue_gradient(load(dy + place, n), load(y + place, n), e, mask, row, column, width);
  store(accumulate ? load(dx + place, n) + v : v, dx + place, n);
}
