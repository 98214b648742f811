// A batch of rows that lie on the device, those with the numbers given of a piece of them: rows `begin` to
// `begin + count` of all. What a row has, its ids, its values where it is weighted, its label and its weight where it has
// one, is copied by neighbours to neighbours. A work-item an id.
kernel void gather_rows(
    int rows, int slots, global const int *numbers, int begin, int count, global const int *all_ids,
    global const float *all_values, int weighted, global const float *all_labels, global const float *all_weights,
    int has_weights, global int *ids, global float *values, global float *labels, global float *weights) {
  const uint item = get_global_id(0), row = item / slots, slot = item - row * slots;
  if (row >= rows) return;
  const int number = numbers[row] - begin;
  if (number < 0 || number >= count) return;
  const size_t from = (size_t)number * slots + slot, to = (size_t)row * slots + slot;
  ids[to] = all_ids[from];
  if (weighted) values[to] = all_values[from];
  if (slot == 0) {
    labels[row] = all_labels[number];
    if (has_weights) weights[row] = all_weights[number];
  }
}
