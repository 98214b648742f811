#include "vector.cl"

// The first half of an activation beside the product of both. The first has one number more where the width is odd.

// y = [x₁ ; x₁ ∘ x₂]. One work-item a vector of a row's first half.
kernel void halves_product(int rows, int width, global const float *x, global float *y) {
  const int half_width = (width + 1) / 2, item = get_global_id(0), row = item / vectors(half_width);
  const int column = item % vectors(half_width) * LANES, n = width - half_width - column;
  if (row >= rows) return;
  const size_t first = (size_t)row * width + column, second = first + half_width;
  const vec v = load(x + first, half_width - column);
  store(v, y + first, half_width - column);
  store(v * load(x + second, n), y + second, n);
}

// dx₁ = dy₁ + dy₂ ∘ x₂, dx₂ = dy₂ ∘ x₁. One work-item a vector of a row's first half.
kernel void halves_product_gradient(
    int rows, int width, global const float *x, global const float *dy, global float *dx,
    int accumulate) {
  const int half_width = (width + 1) / 2, item = get_global_id(0), row = item / vectors(half_width);
  const int column = item % vectors(half_width) * LANES, n = width - half_width - column;
  if (row >= rows) return;
  const size_t first = (size_t)row * width + column, second = first + half_width;
  const int count = half_width - column;
  const vec slope = load(dy + second, n);
  const vec product = slope * load(x + second, n);
  const vec d1 = load(dy + first, count) + product;
  const vec d2 = slope * load(x + first, n);
  store(accumulate ? load(dx + first, count) + d1 : d1, dx + first, count);
  store(accumulate ? load(dx + second, n) + d2 : d2, dx + second, n);
}
