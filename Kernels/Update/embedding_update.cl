#include "optimizer_step.cl"

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

// An owner's slots x to y, none where they are equal, where its list of ids begins, z, and, between the two
// halves of a step, how many it has, w.
typedef int4 Owner;

// Slots x to y whose ids may be the same, those of a list or of a shared vocabulary, and the span of their
// ids, z to w. Fields have their ids apart, field after field.
typedef int4 Group;

// The least and the largest id of each slot; w < 0 for a slot without ids.
static void find_spans(int rows, int slots, global const int *ids, global Group *spans) {
  for (int next = 0; next < slots; next += LANES) {
    // LANES slots at once; the last ones may have been seen in part.
    const int first = max(min(next, slots - LANES), 0), count = min(slots - first, LANES);
    uvec lowest = INT_MAX;
    ivec highest = -1;
    for (int row = 0; row < rows; ++row) {
      global const int *from = ids + row * slots + first;
      int numbers[LANES];
      ivec v;
      if (count == LANES) {
        v = LOAD(from);
      } else {
        for (int i = 0; i < LANES; ++i) numbers[i] = i < count ? from[i] : -1;
        v = LOAD(numbers);
      }
      // Without its sign an absent id is larger than any other.
      lowest = min(lowest, JOIN(as_uint, LANES)(v));
      highest = max(highest, v);
    }
    int lows[LANES], highs[LANES];
    STORE(JOIN(as_int, LANES)(lowest), lows);
    STORE(highest, highs);
    for (int i = 0; i < count; ++i) {
      spans[first + i] = (Group)(first + i, first + i + 1, lows[i], highs[i]);
    }
  }
}

// Shares the slots of a batch among `most` owners, slots with ids in common to one, in `groups` as room
// for a group a slot. One work-item.
kernel void share_slots(
    int rows, int slots, int most, global const int *ids, global Group *groups,
    global Owner *ownership) {
  if (get_global_id(0) > 0) return;
  find_spans(rows, slots, ids, groups);
  // A slot joins the groups before it whose spans it meets.
  int count = 0, total = 0;
  for (int slot = 0; slot < slots; ++slot) {
    Group group = groups[slot];
    if (group.w < 0) continue;
    for (; count > 0 && groups[count - 1].w >= group.z; --count) {
      const Group before = groups[count - 1];
      group = (Group)(before.x, group.y, min(before.z, group.z), max(before.w, group.w));
    }
    groups[count++] = group;
  }
  for (int i = 0; i < count; ++i) total += groups[i].y - groups[i].x;
  int owner = -1, seen = 0, base = 0;
  for (int i = 0; i < most; ++i) ownership[i] = (Owner)(0);
  for (int i = 0; i < count; ++i) {
    const Group group = groups[i];
    const int size = group.y - group.x;
    // The next owner begins where as many slots are shared out as would be at equal shares.
    if (owner + 1 <= (int)((long)seen * most / total)) {
      ownership[++owner] = (Owner)(group.x, group.y, base, 0);
    }
    ownership[owner].y = group.y;
    base += (int)min((long)rows * size, (long)group.w - group.z + 1);
    seen += size;
  }
}

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
    int count, global const int *touched, global float *sums, int stride, Rule rule, float scale,
    global float *weight, global float *first, global float *second) {
  const int more = states(rule);
  for (int i = 0; i < count; i += LANES) {
    const int n = min(LANES, count - i);
    float g[LANES], w[LANES], a[LANES], b[LANES];
    for (int lane = 0; lane < LANES; ++lane) {
      g[lane] = w[lane] = a[lane] = b[lane] = 0.0f;
      if (lane >= n) continue;
      const int id = touched[i + lane], next = touched[min(i + lane + AHEAD, count - 1)];
      PREFETCH(weight + next);
      if (stride > 0) {
        g[lane] = sums[(size_t)(i + lane) * stride];
      } else {
        PREFETCH(sums + next);
        g[lane] = -sums[id];
        sums[id] = 0.0f;
      }
      w[lane] = weight[id];
      if (more > 0) {
        PREFETCH(first + next);
        a[lane] = first[id];
      }
      if (more > 1) {
        PREFETCH(second + next);
        b[lane] = second[id];
      }
    }
    Numbers x;
    x.weight = LOAD(w);
    x.first = LOAD(a);
    x.second = LOAD(b);
    x = step(rule, fma((vec)(rule.l2), x.weight, LOAD(g)) * scale, x);
    STORE(x.weight, w);
    STORE(x.first, a);
    STORE(x.second, b);
    for (int lane = 0; lane < n; ++lane) {
      const int id = touched[i + lane];
      weight[id] = w[lane];
      if (more > 0) first[id] = a[lane];
      if (more > 1) second[id] = b[lane];
    }
  }
}

// A table whose rows are updated.
typedef struct {
  int width;
  float scale;
  global float *weight, *first, *second;
} Table;

// Row-wise Adagrad: adds the mean of the row's g² to its number; returns what g is multiplied by.
static float rowwise_factor(Table t, int id, global const float *sum, Rule rule, float pull) {
  vec squares = 0.0f;
  for (int j = 0; j < t.width; j += LANES) {
    const vec w = load(t.weight + (size_t)id * t.width + j, t.width - j);
    const vec g = fma((vec)(pull), w, load(sum + j, t.width - j)) * t.scale;
    squares = fma(g, g, squares);
  }
  const float all = t.first[id] + total(squares) / t.width;
  t.first[id] = all;
  // A row whose gradients were all 0 stays where it is, also with ε = 0.
  return all > 0.0f ? rule.rate / (sqrt(all) + rule.a) : 0.0f;
}

INLINE Numbers load_numbers(Table t, size_t at, int more) {
  Numbers x;
  x.weight = LOAD(t.weight + at);
  x.first = more > 0 ? LOAD(t.first + at) : (vec)(0.0f);
  x.second = more > 1 ? LOAD(t.second + at) : (vec)(0.0f);
  return x;
}

INLINE void store_numbers(Numbers x, Table t, size_t at, int n, int more) {
  store(x.weight, t.weight + at, n);
  if (more > 0) store(x.first, t.first + at, n);
  if (more > 1) store(x.second, t.second + at, n);
}

INLINE Numbers moved(Numbers x, vec sum, Table t, Rule rule, float pull, float factor) {
  const vec g = fma((vec)(pull), x.weight, sum) * t.scale;
  if (rule.kind != ROWWISE_ADAGRAD) return step(rule, g, x);
  x.weight -= factor * g;
  return x;
}

// Updates the row of an id by sum + pull · weight.
INLINE void update_row(Table t, int id, global const float *sum, Rule rule, float pull) {
  const int more = states(rule);
  const float factor =
      rule.kind == ROWWISE_ADAGRAD ? rowwise_factor(t, id, sum, rule, pull) : 0.0f;
  for (int j = 0; j < t.width; j += 2 * LANES) {
    const size_t at = (size_t)id * t.width + j;
    const int n = t.width - j;
    Numbers x = load_numbers(t, at, more);
    if (n <= LANES) {
      store_numbers(moved(x, LOAD(sum + j), t, rule, pull, factor), t, at, n, more);
      continue;
    }
    // The second vector ends with the row, whole: what both have comes out the same.
    const int right = min(LANES, n - LANES);
    Numbers y = load_numbers(t, at + right, more);
    x = moved(x, LOAD(sum + j), t, rule, pull, factor);
    y = moved(y, LOAD(sum + j + right), t, rule, pull, factor);
    store_numbers(x, t, at, LANES, more);
    store_numbers(y, t, at + right, LANES, more);
  }
}

// Asks for the row of an id.
static void prefetch_row(Table t, int id, Rule rule) {
  const size_t at = (size_t)id * t.width;
  for (int j = 0; j < t.width; j += LANES) {
    PREFETCH(t.weight + at + j);
    if (states(rule) > 0) PREFETCH(t.first + at + j);
    if (states(rule) > 1) PREFETCH(t.second + at + j);
  }
  if (rule.kind == ROWWISE_ADAGRAD) PREFETCH(t.first + id);
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
    global float *sums, Rule rule, global const float *scale, global float *weight,
    global float *first, global float *second) {
  if (get_global_id(0) >= owners) return;
  const Owner owner = ownership[get_global_id(0)];
  if (owner.x == owner.y) return;
  // A list has room for one id more than it can have, see sum_numbers.
  global int *touched = lists + owner.z + get_global_id(0);
  if (k.width == 1) {
    const int count = sum_numbers(k, owner, slot_groups, ids, values, dy, 0, touched, sums);
    update_numbers(count, touched, sums, 0, rule, scale[0], weight, first, second);
  } else {
    global int *ranks = (global int *)sums + k.ranks;
    global float *rows = sums + (size_t)owner.z * k.width;
    const int count = sum_rows(k, owner, slot_groups, ids, values, dy, 0, touched, ranks, rows);
    const Table t = {k.width, scale[0], weight, first, second};
    update_rows(t, count, touched, rows, rule);
  }
}
