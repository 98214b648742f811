#include "entries_gpu.cl"
#include "integers.cl"

// Lookups of table rows by id, and the sums of their gradients by id, where neighbours read neighbours.

// y[b,g,:] = bias + Σ x · table[id] over the slots of group g; absent ids are negative. A group is a field, or all
// slots. One work-item two numbers of y where the width is even, or one.
kernel void lookup(
    int rows, int slots, int groups, int width, global const int *group_starts, global const int *ids,
    global const float *values, int weighted, global const entry *table, global const float *bias, int has_bias,
    global float *y) {
  const int even = width % 2 == 0, items = width / (1 + even);
  const uint item = get_global_id(0), place = item / items, j = (item - place * items) * (1 + even);
  const uint row = place / groups, group = place - row * groups;
  if (row >= rows) return;
  const int is_single = groups == slots;
  const int begin = is_single ? place : row * slots + group_starts[group];
  const int end = is_single ? place + 1 : row * slots + group_starts[group + 1];
  float2 sum = has_bias ? pair(bias + j, even) : (float2)(0.0f);
  for (int at = begin; at < end; ++at) {
    const int id = ids[at];
    if (id < 0) continue;
    const float2 v = pair_entries(table + (size_t)id * width + j, even);
    sum = weighted ? fma((float2)(values[at]), v, sum) : sum + v;
  }
  put_pair(sum, y + (size_t)place * width + j, even);
}

// x · table[id] of a slot.
static float term(int id, float x, int weighted, global const entry *table) {
  if (id < 0) return 0.0f;
  return weighted ? x * ENTRY(table[id]) : ENTRY(table[id]);
}

// The same for one number a row: y[b] = bias + Σ x · table[id] over all slots. A team a row, four slots a work-item:
// their order is that of the row's slots, wherever it stands in the batch.
kernel TEAMS void lookup_sum(
    int rows, int slots, int team, global const int *ids, global const float *values, int weighted,
    global const entry *table, global const float *bias, int has_bias, global float *y) {
  local float room[GROUP];
  const int item = get_global_id(0), row = item / team;
  float sum = 0.0f;
  for (int slot = item % team * 4; row < rows && slot < slots; slot += team * 4) {
    const size_t place = (size_t)row * slots + slot;
    const int n = slots - slot;
    const int4 id = four_at(ids, place, n);
    const float4 x = weighted ? as_float4(four_at((global const int *)values, place, n)) : (float4)(1.0f);
    sum += (term(id.x, x.x, weighted, table) + term(n > 1 ? id.y : -1, x.y, weighted, table)) +
           (term(n > 2 ? id.z : -1, x.z, weighted, table) + term(n > 3 ? id.w : -1, x.w, weighted, table));
  }
  sum = team_sum(sum, team, room);
  if (row < rows && item % team == 0) y[row] = sum + (has_bias ? bias[0] : 0.0f);
}

// The derivatives that the places of an id ask for, of one lookup or of two at once. A row's numbers are shared by spans:
// two of them where rows begin at even places, or one. The spans of both lookups follow each other.
typedef struct {
  int slots, weighted;
  int width0, width1;  // the numbers of a row; 0 where there is no second lookup
  int team;    // the work-items that share the spans, a power of two
  int length;  // the places of a piece
  int groups0, groups1;
} SegmentArguments;

static int spans_of(int width) { return width % 2 == 0 ? width / 2 : width; }

// Of a span: whether it is the second lookup's, the width and groups of its lookup, and its first number there.
typedef struct {
  int is_second, width, groups, even, j;
} Span;

static Span span_of(SegmentArguments g, int number) {
  const int first = spans_of(g.width0), is_second = number >= first;
  const int width = is_second ? g.width1 : g.width0, even = width % 2 == 0;
  const Span span = {
      is_second, width, is_second ? g.groups1 : g.groups0, even, (number - (is_second ? first : 0)) * (1 + even)};
  return span;
}

// Where the derivatives are that a place asks for.
static size_t source(SegmentArguments g, Span span, int place, global const int *slot_groups) {
  int group = place;
  if (span.groups != g.slots) {
    group = place / g.slots;
    if (span.groups > 1) group = group * span.groups + slot_groups[place - group * g.slots];
  }
  return (size_t)group * span.width;
}

// Σ x · dy over the places `begin` to `end` of an id, one span.
static float2 sum_places(
    SegmentArguments g, Span span, int begin, int end, global const int *slot_groups, global const int *positions,
    global const float *values, global const float *dy0, global const float *dy1) {
  global const float *dy = (span.is_second ? dy1 : dy0) + span.j;
  // Positions come in whole vectors, in which those of an id begin anywhere; the derivatives of four places are under
  // way at once.
  global const int4 *whole = (global const int4 *)positions + begin / 4;
  const int shift = begin % 4;
  int4 here = *whole;
  float2 sum = 0.0f;
  int i = begin;
  for (; i + 4 <= end; i += 4) {
    const int4 next = *++whole, place = four_of(here, next, shift);
    global const float *p0 = dy + source(g, span, place.x, slot_groups);
    global const float *p1 = dy + source(g, span, place.y, slot_groups);
    global const float *p2 = dy + source(g, span, place.z, slot_groups);
    global const float *p3 = dy + source(g, span, place.w, slot_groups);
    float2 v0, v1, v2, v3;
    if (span.even) {
      v0 = pair(p0, 1), v1 = pair(p1, 1), v2 = pair(p2, 1), v3 = pair(p3, 1);
    } else {
      v0 = pair(p0, 0), v1 = pair(p1, 0), v2 = pair(p2, 0), v3 = pair(p3, 0);
    }
    float4 x = 1.0f;
    if (g.weighted) x = (float4)(values[place.x], values[place.y], values[place.z], values[place.w]);
    sum = fma((float2)(x.x), v0, sum);
    sum = fma((float2)(x.y), v1, sum);
    sum = fma((float2)(x.z), v2, sum);
    sum = fma((float2)(x.w), v3, sum);
    here = next;
  }
  for (; i < end; ++i) {
    const int place = positions[i];
    const float x = g.weighted ? values[place] : 1.0f;
    sum = fma((float2)(x), pair(dy + source(g, span, place, slot_groups), span.even), sum);
  }
  return sum;
}

// The places of an id that has more than `length` of them are summed in pieces, so that an id which occurs
// everywhere is not one team's work. A piece has a place of its own in `partial`: with T the tile of `length` places
// in which it begins, 2·T + 1 if it is its id's first piece, otherwise 2·T. Of either kind a tile has one at most:
// such ids, and the pieces of an id, begin at least `length` apart.
static int piece(int at, int begin, int length) { return at / length * 2 + (at == begin); }

// The sum over each piece, [pieces × spans × 2]. A team a place for one.
kernel TEAMS void sum_pieces(
    global const int *distinct, SegmentArguments g, global const int *slot_groups, global const int *starts,
    global const int *ranks, global const int *positions, global const float *values, global const float *dy0,
    global const float *dy1, global float *partial) {
  const int item = get_global_id(0) / g.team, tile = item / 2 * g.length, places = starts[distinct[0]];
  if (tile >= places) return;
  // A first piece belongs to the id that stands at the tile's end, another one to that at its beginning.
  const int rank = ranks[item % 2 == 1 ? min(tile + g.length, places) - 1 : tile];
  const int begin = starts[rank], end = starts[rank + 1];
  const int at = begin >= tile ? begin : begin + (tile - begin + g.length - 1) / g.length * g.length;
  if (end - begin <= g.length || at >= end || piece(at, begin, g.length) != item) return;
  const int spans = spans_of(g.width0) + spans_of(g.width1);
  for (int number = get_global_id(0) % g.team; number < spans; number += g.team) {
    const float2 sum = sum_places(
        g, span_of(g, number), at, min(at + g.length, end), slot_groups, positions, values, dy0, dy1);
    put_pair(sum, partial + ((size_t)item * spans + number) * 2, 1);
  }
}

// The gradient of each distinct id, behind sum_pieces; of a whole table in its row. A team an id after the other.
kernel TEAMS void sum_segments(
    global const int *distinct, SegmentArguments g, global const int *slot_groups, global const int *starts,
    global const int *positions, global const float *values, global const float *dy0, global const float *dy1,
    global const int *ids, int whole0, int whole1, global const float *partial, global float *gradient0,
    global float *gradient1) {
  const int teams = get_global_size(0) / g.team, count = distinct[0];
  const int spans = spans_of(g.width0) + spans_of(g.width1);
  for (int rank = get_global_id(0) / g.team; rank < count; rank += teams) {
    const int begin = starts[rank], end = starts[rank + 1];
    for (int number = get_global_id(0) % g.team; number < spans; number += g.team) {
      const Span span = span_of(g, number);
      float2 sum = 0.0f;
      if (end - begin <= g.length) {
        sum = sum_places(g, span, begin, end, slot_groups, positions, values, dy0, dy1);
      } else {
        SEVERAL
        for (int at = begin; at < end; at += g.length) {
          sum += pair(partial + ((size_t)piece(at, begin, g.length) * spans + number) * 2, 1);
        }
      }
      const size_t row = (span.is_second ? whole1 : whole0) ? ids[rank] : rank;
      put_pair(sum, (span.is_second ? gradient1 : gradient0) + row * span.width + span.j, span.even);
    }
  }
}
