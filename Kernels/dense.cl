// What a dense layer needs beside its products, and the products with a single output.

// dz = dy ∘ epilogue'(y) in place of dy where `has_epilogue`; the sums of its columns over a chunk
// of rows where `wants_sums`, [chunks × width], at the beginning of `scratch`; and dz once more as
// panels for a product with it where `wants_panels`, behind `panels_offset` floats of `scratch`.
// One work-item a chunk of PANEL columns.
kernel void output_gradient(
    int rows, int width, global const float *y, global float *dy, int has_epilogue, Epilogue e,
    global float *scratch, int wants_sums, int wants_panels, int panels_offset) {
  const int panels = (width + PANEL - 1) / PANEL;
  const int item = get_global_id(0), chunk = item / panels, panel = item % panels;
  const int first = chunk * CHUNK, end = min(first + CHUNK, rows);
  for (int side = 0; side < 2; ++side) {
    const int column = panel * PANEL + side * LANES, n = width - column;
    global float *packed =
        scratch + panels_offset + (size_t)panel * rows * PANEL + side * LANES;
    vec sum = 0.0f;
    for (int row = first; row < end; ++row) {
      vec dz = 0.0f;
      if (n > 0) {
        const size_t place = (size_t)row * width + column;
        dz = load(dy + place, n);
        if (has_epilogue) {
          dz = epilogue_gradient(dz, load(y + place, n), e, row, column);
          store(dz, dy + place, n);
        }
        sum += dz;
      }
      if (wants_panels) STORE(dz, packed + (size_t)row * PANEL);
    }
    if (wants_sums && n > 0 && first < rows) store(sum, scratch + chunk * width + column, n);
  }
}

// Adds up the chunks' sums, [chunks × width]. One work-item a vector of columns.
kernel void sum_chunks(int chunks, int width, global const float *sums, global float *y) {
  const int column = get_global_id(0) * LANES, n = width - column;
  if (n <= 0) return;
  vec sum = 0.0f;
  for (int chunk = 0; chunk < chunks; ++chunk) sum += load(sums + chunk * width + column, n);
  store(sum, y + column, n);
}

// y = epilogue(x · w + b) for a single output. One work-item a row.
kernel void single_output(
    int rows, int inputs, global const float *x, global const float *weight,
    global const float *bias, int has_bias, Epilogue e, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  vec sum = 0.0f;
  for (int i = 0; i < inputs; i += LANES) {
    sum = fma(load(x + (size_t)row * inputs + i, inputs - i), load(weight + i, inputs - i), sum);
  }
  vec z = total(sum) + (has_bias ? bias[0] : 0.0f);
  store(epilogue(z, e, row, 0), y + row, 1);
}

// dx = dz · wᵀ for a single output. One work-item a vector of a row.
kernel void single_output_dx(
    int rows, int inputs, global const float *weight, global const float *dz, global float *dx,
    int accumulate) {
  const int item = get_global_id(0), row = item / vectors(inputs);
  const int i = item % vectors(inputs) * LANES, n = inputs - i;
  if (row >= rows) return;
  global float *place = dx + (size_t)row * inputs + i;
  const vec v = load(weight + i, n) * dz[row];
  store(accumulate ? load(place, n) + v : v, place, n);
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
    int rows, int width, global const float *bias, int has_bias, Epilogue e, global float *y) {
  const int item = get_global_id(0), row = item / vectors(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  global float *place = y + (size_t)row * width + column;
  vec v = load(place, n);
  if (has_bias) v += load(bias + column, n);
  store(epilogue(v, e, row, column), place, n);
}
