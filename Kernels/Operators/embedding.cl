#include "entries.cl"

// Lookups of table rows by id, and the segment-sums of their gradient. Whole vectors are loaded, into
// the next row or the slack behind the last one: their lanes past the width are not kept.

// How many places ahead memory is asked for, a row of a table or a number of one.
#define AHEAD 20
#define FAR 120

// x · table[id] of a place; asks for the memory of another one.
static float term(
    int place, int later, global const int *ids, global const float *values, int weighted,
    global const entry *table) {
  PREFETCH(table + ids[later]);
  const int id = ids[place];
  if (id < 0) return 0.0f;
  return weighted ? values[place] * ENTRY(table[id]) : ENTRY(table[id]);
}

// Σ x · table[id] over the slots of a row, in four sums that do not wait for each other.
static float sum_of_row(
    int row, int slots, int last, global const int *ids, global const float *values, int weighted,
    global const entry *table) {
  const int end = row * slots + slots;
  float sum0 = 0.0f, sum1 = 0.0f, sum2 = 0.0f, sum3 = 0.0f;
  int place = row * slots;
  for (; place + 4 <= end; place += 4) {
    const int later = min(place + FAR, last - 3);
    sum0 += term(place, later, ids, values, weighted, table);
    sum1 += term(place + 1, later + 1, ids, values, weighted, table);
    sum2 += term(place + 2, later + 2, ids, values, weighted, table);
    sum3 += term(place + 3, later + 3, ids, values, weighted, table);
  }
  for (; place < end; ++place) {
    sum0 += term(place, min(place + FAR, last), ids, values, weighted, table);
  }
  return (sum0 + sum1) + (sum2 + sum3);
}

// y[b,g,:] = bias + Σ x · table[id] over the slots of group g; absent ids are negative.
// A group is a field, or all slots. One work-item `groups_each` groups of a row, in their order: a
// vector that runs into the next group is stored over by it.
kernel void lookup(
    int rows, int slots, int groups, int groups_each, int width, global const int *group_starts,
    global const int *ids, global const float *values, int weighted, global const entry *table,
    global const float *bias, int has_bias, global float *y) {
  const int parts = (groups + groups_each - 1) / groups_each;
  const int item = get_global_id(0), row = item / parts, first = item % parts * groups_each;
  if (row >= rows) return;
  const int end = min(first + groups_each, groups), last = rows * slots - 1;
  if (groups == slots && width > 1 && !has_bias) {
    // One id a group, as most layouts have it: a copy.
    global float *to = y + ((size_t)row * groups + first) * width;
    int left = (end - first) * width;
    for (int place = row * slots + first; place < row * slots + end; ++place) {
      PREFETCH(table + (size_t)ids[min(place + AHEAD, last)] * width);
      const int id = ids[place];
      const float x = weighted ? values[place] : 1.0f;
      global const entry *from = table + (size_t)max(id, 0) * width;
      for (int j = 0; j < width; j += LANES) {
        const vec v = id < 0 ? (vec)(0.0f) : x * LOAD_ENTRIES(from + j);
        if (left - j >= LANES) {
          STORE(v, to + j);
        } else {
          store(v, to + j, left - j);
        }
      }
      to += width;
      left -= width;
    }
    return;
  }
  if (groups == 1 && width == 1) {
    y[row] = sum_of_row(row, slots, last, ids, values, weighted, table) + (has_bias ? bias[0] : 0.0f);
    return;
  }
  for (int group = first; group < end; ++group) {
    const int begin = row * slots + group_starts[group];
    const int after = row * slots + group_starts[group + 1];
    PREFETCH(table + (size_t)ids[min(begin + AHEAD, last)] * width);
    for (int j = 0; j < width; j += LANES) {
      vec sum = has_bias ? load(bias + j, width - j) : (vec)(0.0f);
      for (int place = begin; place < after; ++place) {
        const int id = ids[place];
        if (id < 0) continue;
        const vec v = LOAD_ENTRIES(table + (size_t)id * width + j);
        sum = weighted ? fma((vec)(values[place]), v, sum) : sum + v;
      }
      store(sum, y + ((size_t)row * groups + group) * width + j, (end - group) * width - j);
    }
  }
}

// Where the derivatives are that the places of an id ask for.
typedef struct {
  int slots, groups, width, weighted;
  int last;  // place in `positions`
} LookupArguments;

static size_t source(LookupArguments g, int place, global const int *slot_groups) {
  if (g.groups == g.slots) return (size_t)place * g.width;
  const int row = place / g.slots;
  const int group = g.groups == 1 ? 0 : slot_groups[place - row * g.slots];
  return ((size_t)row * g.groups + group) * g.width;
}

// out = Σ x · dy over the places `begin` to `end` of an id.
static void sum_places(
    LookupArguments g, int begin, int end, global const int *slot_groups, global const int *positions,
    global const float *values, global const float *dy, global float *out) {
  if (g.width == 1) {
    float sum = 0.0f;
    for (int i = begin; i < end; ++i) {
      const int place = positions[i];
      const float v = dy[source(g, place, slot_groups)];
      sum = g.weighted ? fma(values[place], v, sum) : sum + v;
    }
    *out = sum;
    return;
  }
  for (int j = 0; j < g.width; j += 2 * LANES) {
    const int n = g.width - j;
    vec left = 0.0f, right = 0.0f;
    for (int i = begin; i < end; ++i) {
      const int place = positions[i];
      PREFETCH(dy + source(g, positions[min(i + AHEAD, g.last)], slot_groups) + j);
      global const float *from = dy + source(g, place, slot_groups) + j;
      const vec x = g.weighted ? values[place] : 1.0f;
      left = fma(x, LOAD(from), left);
      if (n > LANES) right = fma(x, LOAD(from + LANES), right);
    }
    store(left, out + j, n);
    if (n > LANES) store(right, out + j + LANES, n - LANES);
  }
}

// The places of an id that has more than CHUNK of them are summed in pieces of CHUNK, so that an id which
// occurs everywhere is not one work-item's work. A piece has a place of its own in `partial`: with T the
// tile of CHUNK places in which it begins, 2·T + 1 if it is its id's first piece, otherwise 2·T. Of either
// kind a tile has one at most: such ids, and the pieces of an id, begin at least CHUNK apart.
static int piece(int at, int begin) { return at / CHUNK * 2 + (at == begin); }

// The sum over each piece. One work-item a place for one.
kernel void sum_pieces(
    global const int *distinct, LookupArguments g, global const int *slot_groups, global const int *starts,
    global const int *ranks, global const int *positions, global const float *values,
    global const float *dy, global float *partial) {
  const int item = get_global_id(0), tile = item / 2 * CHUNK, places = starts[distinct[0]];
  if (tile >= places) return;
  // A first piece belongs to the id that stands at the tile's end, another one to that at its beginning.
  const int rank = ranks[item % 2 == 1 ? min(tile + CHUNK, places) - 1 : tile];
  const int begin = starts[rank], end = starts[rank + 1];
  const int at = begin >= tile ? begin : begin + (tile - begin + CHUNK - 1) / CHUNK * CHUNK;
  if (end - begin <= CHUNK || at >= end || piece(at, begin) != item) return;
  sum_places(
      g, at, min(at + CHUNK, end), slot_groups, positions, values, dy,
      partial + (size_t)item * g.width);
}

// The gradient of each distinct id, behind sum_pieces. One work-item an id.
kernel void sum_segments(
    global const int *distinct, LookupArguments g, global const int *slot_groups, global const int *starts,
    global const int *positions, global const float *values, global const float *dy,
    global const int *ids, int whole, global const float *partial, global float *gradient) {
  const int rank = get_global_id(0);
  if (rank >= distinct[0]) return;
  const int begin = starts[rank], end = starts[rank + 1];
  global float *out = gradient + (size_t)(whole ? ids[rank] : rank) * g.width;
  if (end - begin <= CHUNK) {
    sum_places(g, begin, end, slot_groups, positions, values, dy, out);
    return;
  }
  for (int j = 0; j < g.width; j += LANES) {
    vec sum = 0.0f;
    SEVERAL
    for (int at = begin; at < end; at += CHUNK) {
      sum += LOAD(partial + (size_t)piece(at, begin) * g.width + j);
    }
    store(sum, out + j, g.width - j);
  }
}
