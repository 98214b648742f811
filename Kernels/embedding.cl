// Lookups of table rows by id, and the segment-sums of their gradient. Whole vectors are loaded, into
// the next row or the slack behind the last one: their lanes past the width are never stored.

// y[b,g,:] = bias + Σ x · table[id] over the slots of group g; absent ids are negative.
// A group is a field, or all slots. One work-item a group of a row.
kernel void lookup(
    int rows, int slots, int groups, int width, global const int *group_starts,
    global const int *ids, global const float *values, int weighted, global const float *table,
    global const float *bias, int has_bias, global float *y) {
  const int item = get_global_id(0), row = item / groups, group = item % groups;
  if (row >= rows) return;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec sum = has_bias ? load(bias + j, n) : (vec)(0.0f);
    for (int slot = group_starts[group]; slot < group_starts[group + 1]; ++slot) {
      const size_t place = (size_t)row * slots + slot;
      const int id = ids[place];
      if (id < 0) continue;
      const vec v = LOAD(table + (size_t)id * width + j);
      sum = weighted ? fma((vec)(values[place]), v, sum) : sum + v;
    }
    store(sum, y + (size_t)item * width + j, n);
  }
}

// The gradient's sum over a piece: at most CHUNK places of one distinct id. `targets` says where the
// sum goes: to the row of the r-th distinct id (r ≥ 0), or, where an id has several pieces, to row
// −1 − r of `partial`. One work-item a piece.
kernel void sum_pieces(
    int pieces, int slots, int groups, int width, global const int *slot_groups,
    global const int *starts, global const int *targets, global const int *positions,
    global const float *values, int weighted, global const float *dy, global const int *ids,
    int whole, global float *gradient, global float *partial) {
  const int piece = get_global_id(0);
  if (piece >= pieces) return;
  const int target = targets[piece];
  global float *out = target < 0 ? partial + (size_t)(-1 - target) * width
                                 : gradient + (size_t)(whole ? ids[target] : target) * width;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec sum = 0.0f;
    for (int i = starts[piece]; i < starts[piece + 1]; ++i) {
      const int place = positions[i], row = place / slots;
      const int group = groups == 1 ? 0 : slot_groups[place - row * slots];
      const vec v = LOAD(dy + ((size_t)row * groups + group) * width + j);
      sum = weighted ? fma((vec)(values[place]), v, sum) : sum + v;
    }
    store(sum, out + j, n);
  }
}

// Adds up the pieces of the ids that have several. One work-item an id.
kernel void join_pieces(
    int count, int width, global const int *ranks, global const int *starts,
    global const float *partial, global const int *ids, int whole, global float *gradient) {
  const int item = get_global_id(0);
  if (item >= count) return;
  global float *out = gradient + (size_t)(whole ? ids[ranks[item]] : ranks[item]) * width;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec sum = 0.0f;
    for (int i = starts[item]; i < starts[item + 1]; ++i) {
      sum += LOAD(partial + (size_t)i * width + j);
    }
    store(sum, out + j, n);
  }
}
