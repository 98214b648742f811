#include "embedding_update.cl"

// A table's update in two passes, for devices whose work-items own ids: the owners sum up the gradient of the
// batch's ids; then its norm is known, and the rows are updated: those of the ids, or all of them in one
// pass, which takes what there is of sums on its way. A gradient of the whole table is never made.

// How far apart the numbers of slots are: owners do not write to one line of memory.
#define APART 16

// The squares of a gradient with L2, λ·w + g, of a row or a number, for the norm. Where other rows have a
// gradient too, Σ (λ·w)² over all rows is summed elsewhere, and this is what g adds to it.
static vec squares_of(vec g, vec w, float l2, int whole, vec sum) {
  const vec a = fma((vec)(l2), w, g);
  return whole ? fma(g, fma((vec)(l2), w, a), sum) : fma(a, a, sum);
}

// Goes through an owner's list of places: adds to the number of a slot the squares of the ids that were
// first met there, in the order of the list, and makes it a list of ids. Whoever owns the slots, an id is
// first met in the same one.
static void add_squares(
    SumArguments k, int count, global const int *ids, global int *touched, global const float *sums,
    float l2, int whole, global const entry *weight, global float *squares) {
  for (int i = 0; i < count; ++i) {
    const int place = touched[i], id = ids[place];
    const size_t later = (size_t)ids[touched[min(i + AHEAD / 2, count - 1)]] * k.width;
    if (l2 > 0.0f) {
      PREFETCH(weight + later);
      PREFETCH(weight + later + k.width - 1);
    }
    if (k.width == 1) PREFETCH(sums + later);
    touched[i] = id;
    global const float *row = k.width == 1 ? sums + id : sums + (size_t)i * k.width;
    vec sum = 0.0f;
    for (int j = 0; j < k.width; j += LANES) {
      const int n = k.width - j;
      const vec g = k.width == 1 ? -load(row, 1) : load(row + j, n);
      const vec w = l2 > 0.0f ? load_entries(weight + (size_t)id * k.width + j, n) : (vec)(0.0f);
      sum = squares_of(g, w, l2, whole, sum);
    }
    squares[place % k.slots * APART] += total(sum);
  }
}

// The first pass: sums up the gradient of the batch's ids. Where the norm is bounded, squares, [slots ×
// APART], are 0 before and receive their parts of it. Where the second pass goes by the lists, they have ids.
// One work-item an owner.
kernel void sum_owned(
    SumArguments k, int owners, global Owner *ownership, global const int *slot_groups,
    global const int *ids, global const float *values, global const float *dy, global int *lists,
    global float *sums, int is_bounded, int whole, int listed, float l2, global const entry *weight,
    global float *squares) {
  if (get_global_id(0) >= owners) return;
  const Owner owner = ownership[get_global_id(0)];
  if (owner.x == owner.y) return;
  global int *touched = lists + owner.z + get_global_id(0);
  int count;
  if (k.width == 1) {
    count = sum_numbers(k, owner, slot_groups, ids, values, dy, 1, touched, sums);
    if (is_bounded) add_squares(k, count, ids, touched, sums, l2, whole, weight, squares);
  } else {
    global int *ranks = (global int *)sums + k.ranks;
    global float *rows = sums + (size_t)owner.z * k.width;
    count = sum_rows(k, owner, slot_groups, ids, values, dy, 1, touched, ranks, rows);
    if (is_bounded) add_squares(k, count, ids, touched, rows, l2, whole, weight, squares);
  }
  // The squares' pass has made ids of them already.
  if (listed && !is_bounded) {
    for (int i = 0; i < count; ++i) touched[i] = ids[touched[i]];
  }
  ownership[get_global_id(0)].w = count;
}

// The second pass where only the rows of the batch's ids are updated. One work-item an owner.
kernel void update_summed(
    int width, int first_rank, int owners, global const Owner *ownership, global const int *lists,
    global float *sums, global const float *scale, Rule rule, global entry *weight,
    STATE(state)) {
  if (get_global_id(0) >= owners) return;
  const Owner owner = ownership[get_global_id(0)];
  if (owner.x == owner.y) return;
  global const int *touched = lists + owner.z + get_global_id(0);
  const Table t = {width, scale[0], weight, POINTERS(state)};
  if (width == 1) {
    update_numbers(t, owner.w, touched, sums, 0, rule);
    return;
  }
  update_rows(t, owner.w, touched, sums + (size_t)owner.z * width, rule);
  global int *ranks = (global int *)sums + first_rank;
  for (int i = 0; i < owner.w; ++i) {
    PREFETCH(ranks + touched[min(i + AHEAD, owner.w - 1)]);
    ranks[touched[i]] = 0;
  }
}

// The squares of all rows' λ·w, in a number for each block of `each` rows. One work-item a block.
kernel void square_weights(
    int rows, int width, int each, float l2, global const entry *weight, global float *squares,
    int offset) {
  const int block = get_global_id(0), begin = block * each;
  if (begin >= rows) return;
  const int count = (min(begin + each, rows) - begin) * width;
  squares[offset + block] = l2 * l2 * squared_entries(count, weight + (size_t)begin * width);
}

// Updates n numbers of a table, up to a vector, by L2 and their gradient.
INLINE void update_vector(Table t, size_t at, int n, Rule rule, vec g) {
  Numbers x = load_numbers(t, at, n, rule);
  x = optimize(rule, fma((vec)(rule.l2), x.weight, g) * t.scale, x, 0.0f);
  store_numbers(x, t, at, n, rule);
}

// The next n sums of a table of width 1, which are left 0 bits; 0 where there are none.
INLINE vec taken(global float *sums, size_t at, int n) {
  if (!sums) return 0.0f;
  const vec turned = load(sums + at, n);
  if (any(JOIN(as_int, LANES)(turned) != 0)) store((vec)(0.0f), sums + at, n);
  return -turned;
}

// Updates `count` numbers of a table from the place `at` on.
static void update_span(Table t, size_t at, int count, Rule rule, global float *sums) {
  int i = 0;
  for (; i + LANES <= count; i += LANES) {
    update_vector(t, at + i, LANES, rule, taken(sums, at + i, LANES));
  }
  if (i < count) update_vector(t, at + i, count - i, rule, taken(sums, at + i, count - i));
}

// The first row from `row` on that has a rank; `end` where there is none.
static int next_ranked(int row, int end, global const int *ranks) {
  while (row + LANES <= end && !any(LOAD(ranks + row) != 0)) row += LANES;
  while (row < end && ranks[row] == 0) ++row;
  return row;
}

// Updates all rows of a table from `begin` to `end`, those with ranks by their sums, and clears the ranks.
// Rows without are one long row, or, where the optimizer looks at rows as wholes, have a row of zeros.
static void update_all(
    Table t, int begin, int end, Rule rule, global int *ranks, global const float *sums,
    global const float *zeros) {
  for (int row = begin; row < end; ++row) {
    const int next = next_ranked(row, end, ranks);
    if (is_rowwise(rule)) {
      for (; row < next; ++row) update_row(t, row, zeros, rule, rule.l2);
    } else {
      update_span(t, (size_t)row * t.width, (next - row) * t.width, rule, 0);
    }
    row = next;
    if (row == end) return;
    update_row(t, row, sums + (size_t)(ranks[row] - 1) * t.width, rule, rule.l2);
    ranks[row] = 0;
  }
}

// The second pass where all rows are updated: one pass over the table. Where asked to, leaves the squares
// of the new λ·w, as square_weights does. One work-item a block of `each` rows.
kernel void update_whole(
    int rows, int width, int each, int first_rank, global float *sums, int squares_weights,
    global float *squares, int offset, global const float *scale, Rule rule, global entry *weight,
    STATE(state)) {
  const int block = get_global_id(0), begin = block * each, end = min(begin + each, rows);
  if (begin >= rows) return;
  const Table t = {width, scale[0], weight, POINTERS(state)};
  if (width == 1) {
    update_span(t, begin, end - begin, rule, sums);
  } else {
    global int *ranks = (global int *)sums + first_rank;
    update_all(t, begin, end, rule, ranks, sums, sums + first_rank + rows);
  }
  if (squares_weights) {
    squares[offset + block] =
        rule.l2 * rule.l2 * squared_entries((end - begin) * width, weight + (size_t)begin * width);
  }
}
