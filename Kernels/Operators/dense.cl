#include "epilogue.cl"

// What a dense layer needs beside its products, and the products with a single output.

// The sums of columns over chunks of rows, [chunks × width]. One work-item a vector of a chunk.
kernel void column_sums(int rows, int width, global const float *x, global float *sums) {
  const int item = get_global_id(0), chunk = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  vec sum = 0.0f;
  SEVERAL
  for (int row = first; row < end; ++row) sum += LOAD(x + (size_t)row * width + column);
  store(sum, sums + chunk * width + column, n);
}

// Adds up the chunks' sums, [chunks × width], or adds them to what is there. One work-item a vector of columns.
kernel void sum_chunks(
    int chunks, int width, global const float *sums, global float *y, int accumulate) {
  const int column = get_global_id(0) * LANES, n = width - column;
  if (column >= width) return;
  vec sum = accumulate ? load(y + column, n) : (vec)(0.0f);
  SEVERAL
  for (int chunk = 0; chunk < chunks; ++chunk) sum += LOAD(sums + (size_t)chunk * width + column);
  store(sum, y + column, n);
}

// y = epilogue(x · w + b) for a single output. One work-item a row.
kernel void single_output(
    int rows, int inputs, global const float *x, global const float *weight,
    global const float *bias, int has_bias, Epilogue e, global const uint *mask,
    global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  vec sum = 0.0f;
  for (int i = 0; i < inputs; i += LANES) {
    sum = fma(load(x + (size_t)row * inputs + i, inputs - i), load(weight + i, inputs - i), sum);
  }
  vec z = total(sum) + (has_bias ? bias[0] : 0.0f);
  store(epilogue(z, e, mask, row, 0, 1), y + row, 1);
}

// dx = (dz · wᵀ) ∘ below'(x) for a single output. One work-item a vector of a row.
kernel void single_output_dx(
    int rows, int inputs, global const float *x, global const float *weight,
    global const float *dz, Epilogue below, global const uint *mask, global float *dx,
    int accumulate) {
  const int item = get_global_id(0), row = item / vectors(inputs);
  const int i = item % vectors(inputs) * LANES, n = inputs - i;
  if (row >= rows) return;
  const size_t place = (size_t)row * inputs + i;
  const vec product = load(weight + i, n) * dz[row];
  const vec v = epilogue_gradient(product, load(x + place, n), below, mask, row, i, inputs);
  store(accumulate ? load(dx + place, n) + v : v, dx + place, n);
}

// dw = xᵀ · dz for a single output, the sums over chunks of rows, [chunks × inputs].
// One work-item a vector of a chunk.
kernel void single_output_dweight(
    int rows, int inputs, global const float *x, global const float *dz, global float *sums) {
  const int item = get_global_id(0), chunk = item / vectors(inputs);
  const int i = item % vectors(inputs) * LANES, n = inputs - i;
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  if (first >= rows) return;
  vec sum = 0.0f;
  for (int row = first; row < end; ++row) {
    sum = fma(load(x + (size_t)row * inputs + i, n), (vec)(dz[row]), sum);
  }
  store(sum, sums + chunk * inputs + i, n);
}

// y = epilogue(y + b), behind a product that cannot do so itself. One work-item a vector of a row.
kernel void finish_dense(
    int rows, int width, global const float *bias, int has_bias, Epilogue e,
    global const uint *mask, global float *y) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  global float *place = y + (size_t)row * width + column;
  const vec v = load(place, n);
  store(
      end_product(v, n, FORWARD, bias, has_bias, e, mask, place, row, column, width), place, n);
}
