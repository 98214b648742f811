#include "optimizer_step.cl"

// Updates of parameters, [rows × width]: of all rows (as one long row), or, of a table, of the rows of the
// batch's distinct ids.
// One work-item a vector of a row.

// Where the work-item's numbers lie: `g` in the gradient, `w` in the parameter; n of them.
#define PLACE \
  const int item = get_global_id(0), row = item / vectors(width); \
  const int column = item % vectors(width) * LANES, n = width - column; \
  if (row >= (touched ? distinct[0] : rows)) return; \
  const size_t g = (size_t)row * width + column; \
  const size_t w = (size_t)(touched ? ids[row] : row) * width + column;

// gradient += λ · weight
kernel void penalize(
    int rows, int width, int touched, global const int *distinct, global const int *ids,
    float lambda, global const float *weight, global float *gradient) {
  PLACE
  store(fma((vec)(lambda), load(weight + w, n), load(gradient + g, n)), gradient + g, n);
}

kernel void update(
    int rows, int width, int touched, global const int *distinct, global const int *ids,
    global const float *scale, global const float *gradient, global float *weight, Rule rule,
    global float *first, global float *second) {
  PLACE
  Numbers x;
  x.weight = load(weight + w, n);
  x.first = states(rule) > 0 ? load(first + w, n) : (vec)(0.0f);
  x.second = states(rule) > 1 ? load(second + w, n) : (vec)(0.0f);
  x = step(rule, load(gradient + g, n) * scale[0], x);
  store(x.weight, weight + w, n);
  if (states(rule) > 0) store(x.first, first + w, n);
  if (states(rule) > 1) store(x.second, second + w, n);
}
