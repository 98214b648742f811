#include "optimizer_table.cl"
#include "update_place.cl"

// Updates of parameters, [rows × width]: of all rows (as one long row), or, of a table, of the rows of the
// batch's distinct ids.
// One work-item a vector of a row.

kernel void update(
    int rows, int width, int touched, global const int *distinct, global const int *ids,
    global const float *scale, global const float *gradient, Rule rule, global entry *weight,
    STATE(state)) {
  PLACE
  const Table t = {width, scale[0], weight, POINTERS(state)};
  const Numbers x = load_numbers(t, w, n, rule);
  store_numbers(optimize(rule, load(gradient + g, n) * t.scale, x, 0.0f), t, w, n, rule);
}

// The same for optimizers whose rows have a number. One work-item a row.
kernel void update_rowwise(
    int rows, int width, int touched, global const int *distinct, global const int *ids,
    global const float *scale, global const float *gradient, Rule rule, global entry *weight,
    STATE(state)) {
  const int row = get_global_id(0);
  if (row >= (touched ? distinct[0] : rows)) return;
  const int place = touched ? ids[row] : row;
  const Table t = {width, scale[0], weight, POINTERS(state)};
  global const float *g = gradient + (size_t)row * width;
  vec sum = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    const vec d = load(g + j, width - j) * t.scale;
    sum = fma(d, d, sum);
  }
  const float factor = row_factor(rule, total(sum) / width, row_number(t, place, rule));
  for (int j = 0; j < width; j += LANES) {
    const size_t w = (size_t)place * width + j;
    const Numbers x = load_numbers(t, w, width - j, rule);
    store_numbers(optimize(rule, load(g + j, width - j) * t.scale, x, factor), t, w, width - j, rule);
  }
}
