#include "optimizer_table.cl"
#include "slot_partition.cl"

// The gradient of a table summed up without anybody grouping the ids of the batch before. Slots belong to
// owners, slots with ids in common to the same one. An owner goes through the rows and adds up what its
// ids ask for, in the order of the rows: sums are the same whoever owns them. For the few work-items and
// the caches of a CPU.

// How many places of the batch ahead memory is asked for, at least, and how many listed ids.
#define FAR 96
#define AHEAD 32

typedef struct {
  int rows, slots, groups, width, weighted;
  // Where in the memory of the sums the ranks of ids begin.
  int ranks;
} SumArguments;

// How many places ahead the id is whose memory is asked for now: whole rows, so that it is the owner's.
static int distance_ahead(SumArguments k, Owner owner) {
  return k.slots * (1 + FAR / (owner.y - owner.x));
}

// The derivatives by what the slot of a row is summed into.
static global const float *derivatives(
    SumArguments k, int row, int slot, global const int *slot_groups, global const float *dy) {
  const int group = k.groups == k.slots ? slot : k.groups == 1 ? 0 : slot_groups[slot];
  return dy + ((size_t)row * k.groups + group) * k.width;
}

// Sums for a table of width 1, in a number an id that is 0 bits before and after; lists the ids, or the
// first place of each. A sum is kept with its sign turned: one that begins at +0 is never −0, so that what
// has been touched is never 0 bits, though it be 0.
static int sum_numbers(
    SumArguments k, Owner owner, global const int *slot_groups, global const int *ids,
    global const float *values, global const float *dy, int lists_places, global int *touched,
    global float *sums) {
  const int ahead = distance_ahead(k, owner), last = k.rows * k.slots - 1;
  int count = 0;
  for (int row = 0; row < k.rows; ++row) {
    const float of_row = dy[k.groups == 1 ? row : 0];
    for (int slot = owner.x; slot < owner.y; ++slot) {
      const int place = row * k.slots + slot, id = ids[place];
      PREFETCH(sums + ids[min(place + ahead, last)]);
      if (id < 0) continue;
      float d = k.groups == 1 ? of_row : *derivatives(k, row, slot, slot_groups, dy);
      if (k.weighted) d *= values[place];
      d = d == 0.0f ? 0.0f : d;  // never −0
      const float sum = sums[id];
      // Without branches: every place writes its id, and a new one moves on by one.
      touched[count] = lists_places ? place : id;
      count += as_int(sum) == 0;
      sums[id] = -(d - sum);
    }
  }
  return count;
}

// Sums for rows of several numbers, one row after the other in the order of the ids' first places; lists
// the ids. The rank of an id counts where the list says so: ranks need not be cleared. Or, where there are
// places to list, ranks are cleared later: a row's is one more than its place among the sums of all owners,
// and 0 for a row without any.
static int sum_rows(
    SumArguments k, Owner owner, global const int *slot_groups, global const int *ids,
    global const float *values, global const float *dy, int lists_places, global int *touched,
    global int *ranks, global float *sums) {
  const int ahead = distance_ahead(k, owner), last = k.rows * k.slots - 1;
  int count = 0;
  for (int row = 0; row < k.rows; ++row) {
    for (int slot = owner.x; slot < owner.y; ++slot) {
      const int place = row * k.slots + slot, id = ids[place];
      PREFETCH(ranks + ids[min(place + ahead, last)]);
      if (id < 0) continue;
      int rank = ranks[id];
      if (lists_places) rank -= owner.z + 1;
      const int is_new =
          lists_places ? rank < 0 : (uint)rank >= (uint)count || touched[rank] != id;
      if (is_new) {
        rank = count++;
        ranks[id] = lists_places ? owner.z + 1 + rank : rank;
        touched[rank] = lists_places ? place : id;
      }
      global const float *from = derivatives(k, row, slot, slot_groups, dy);
      global float *sum = sums + (size_t)rank * k.width;
      const vec x = k.weighted ? values[place] : 1.0f;
      for (int j = 0; j < k.width; j += 2 * LANES) {
        const int n = k.width - j, right = n > LANES ? min(LANES, n - LANES) : 0;
        const vec a = x * LOAD(from + j), b = x * LOAD(from + j + right);
        const vec left_sum = is_new ? a : LOAD(sum + j) + a;
        const vec right_sum = is_new ? b : LOAD(sum + j + right) + b;
        store(left_sum, sum + j, n);
        if (n > LANES) STORE(right_sum, sum + j + right);
      }
    }
  }
  return count;
}

// Updates numbers of a table of width 1, LANES at a time: by the sum of an id, which is left 0 bits, or,
// where there is a stride, by the sums one after the other at that distance.
static void update_numbers(
    Table t, int count, global const int *touched, global float *sums, int stride, Rule rule) {
  for (int i = 0; i < count; i += LANES) {
    const int n = min(LANES, count - i);
    float g[LANES], w[LANES], s[STATES][LANES];
    for (int lane = 0; lane < LANES; ++lane) {
      g[lane] = w[lane] = 0.0f;
#pragma unroll
      for (int k = 0; k < STATES; ++k) s[k][lane] = 0.0f;
      if (lane >= n) continue;
      const int id = touched[i + lane], next = touched[min(i + lane + AHEAD, count - 1)];
      PREFETCH(t.weight + next);
      if (stride > 0) {
        g[lane] = sums[(size_t)(i + lane) * stride];
      } else {
        PREFETCH(sums + next);
        g[lane] = -sums[id];
        sums[id] = 0.0f;
      }
      w[lane] = ENTRY(t.weight[id]);
#pragma unroll
      for (int k = 0; k < STATES; ++k) {
        if (k >= states(rule)) continue;
        PREFETCH(t.state[k] + next);
        s[k][lane] = ENTRY(t.state[k][id]);
      }
    }
    Numbers x;
    x.weight = LOAD(w);
#pragma unroll
    for (int k = 0; k < STATES; ++k) x.state[k] = LOAD(s[k]);
    x = optimize(rule, fma((vec)(rule.l2), x.weight, LOAD(g)) * t.scale, x, 0.0f);
    STORE(x.weight, w);
#pragma unroll
    for (int k = 0; k < STATES; ++k) STORE(x.state[k], s[k]);
    for (int lane = 0; lane < n; ++lane) {
      const int id = touched[i + lane];
      store_entry(w[lane], t.weight + id, rule.key, id);
#pragma unroll
      for (int k = 0; k < STATES; ++k) {
        if (k < states(rule)) store_entry(s[k][lane], t.state[k] + id, STATE_KEY(rule, k), id);
      }
    }
  }
}

// The step of a row's number by sum + pull · weight.
static float factor_of_row(Table t, int id, global const float *sum, Rule rule, float pull) {
  vec squares = 0.0f;
  for (int j = 0; j < t.width; j += LANES) {
    const vec w = load_entries(t.weight + (size_t)id * t.width + j, t.width - j);
    const vec g = fma((vec)(pull), w, load(sum + j, t.width - j)) * t.scale;
    squares = fma(g, g, squares);
  }
  return row_factor(rule, total(squares) / t.width, row_number(t, id, rule));
}

INLINE Numbers moved(Numbers x, vec sum, Table t, Rule rule, float pull, float factor) {
  return optimize(rule, fma((vec)(pull), x.weight, sum) * t.scale, x, factor);
}

// Updates the row of an id by sum + pull · weight.
INLINE void update_row(Table t, int id, global const float *sum, Rule rule, float pull) {
  const float factor = is_rowwise(rule) ? factor_of_row(t, id, sum, rule, pull) : 0.0f;
  for (int j = 0; j < t.width; j += 2 * LANES) {
    const size_t at = (size_t)id * t.width + j;
    const int n = t.width - j;
    // Whole vectors are loaded: what lies behind the row is not stored.
    Numbers x = load_numbers(t, at, LANES, rule);
    if (n <= LANES) {
      store_numbers(moved(x, LOAD(sum + j), t, rule, pull, factor), t, at, n, rule);
      continue;
    }
    // The second vector ends with the row, whole: what both have comes out the same.
    const int right = min(LANES, n - LANES);
    Numbers y = load_numbers(t, at + right, LANES, rule);
    x = moved(x, LOAD(sum + j), t, rule, pull, factor);
    y = moved(y, LOAD(sum + j + right), t, rule, pull, factor);
    store_numbers(x, t, at, LANES, rule);
    store_numbers(y, t, at + right, LANES, rule);
  }
}

// Asks for the row of an id.
static void prefetch_row(Table t, int id, Rule rule) {
  const size_t at = (size_t)id * t.width;
  for (int j = 0; j < t.width; j += LANES) {
    PREFETCH(t.weight + at + j);
#pragma unroll
    for (int i = 0; i < STATES; ++i) {
      if (i < states(rule)) PREFETCH(t.state[i] + at + j);
    }
  }
  if (is_rowwise(rule)) PREFETCH(row_number(t, id, rule));
}

// Updates the rows of some ids, each by its sum.
static void update_rows(
    Table t, int count, global const int *touched, global const float *rows, Rule rule) {
  for (int i = 0; i < count; ++i) {
    prefetch_row(t, touched[min(i + AHEAD / 2, count - 1)], rule);
    update_row(t, touched[i], rows + (size_t)i * t.width, rule, rule.l2);
  }
}

// Sums up the gradient of the batch's ids, and updates their rows of the table. One work-item an owner.
kernel void update_owned(
    SumArguments k, int owners, global const Owner *ownership, global const int *slot_groups,
    global const int *ids, global const float *values, global const float *dy, global int *lists,
    global float *sums, global const float *scale, Rule rule, global entry *weight,
    STATE(state)) {
  if (get_global_id(0) >= owners) return;
  const Owner owner = ownership[get_global_id(0)];
  if (owner.x == owner.y) return;
  // A list has room for one id more than it can have, see sum_numbers.
  global int *touched = lists + owner.z + get_global_id(0);
  const Table t = {k.width, scale[0], weight, POINTERS(state)};
  if (k.width == 1) {
    const int count = sum_numbers(k, owner, slot_groups, ids, values, dy, 0, touched, sums);
    update_numbers(t, count, touched, sums, 0, rule);
  } else {
    global int *ranks = (global int *)sums + k.ranks;
    global float *rows = sums + (size_t)owner.z * k.width;
    const int count = sum_rows(k, owner, slot_groups, ids, values, dy, 0, touched, ranks, rows);
    update_rows(t, count, touched, rows, rule);
  }
}
