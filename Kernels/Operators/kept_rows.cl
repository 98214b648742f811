#include "integers.cl"

// A batch of rows that lie on the device, those with the numbers given of a piece of them: rows `begin` to
// `begin + count` of all. What a row has, its ids, its values where it is weighted, its label and its weight where it has
// one, is copied by neighbours to neighbours. A work-item four ids of the batch, most often of one row.
kernel void gather_rows(
    int rows, int slots, global const int *numbers, int begin, int count, global const int *all_ids,
    global const float *all_values, int weighted, global const float *all_labels, global const float *all_weights,
    int has_weights, global int *ids, global float *values, global float *labels, global float *weights) {
  const uint first = get_global_id(0) * 4, behind = rows * slots;
  if (first >= behind) return;
  for (uint to = first; to < min(first + 4, behind); ++to) {
    const uint row = to / slots, slot = to - row * slots;
    const int number = numbers[row] - begin;
    if (number < 0 || number >= count) continue;
    const size_t from = (size_t)number * slots + slot;
    if (slot == 0) {
      labels[row] = all_labels[number];
      if (has_weights) weights[row] = all_weights[number];
    }
    if (to == first && slot + 4 <= slots) {
      *(global int4 *)(ids + to) = four_at(all_ids, from, 4);
      if (weighted) *(global float4 *)(values + to) = as_float4(four_at((global const int *)all_values, from, 4));
      return;
    }
    ids[to] = all_ids[from];
    if (weighted) values[to] = all_values[from];
  }
}
