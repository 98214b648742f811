#include "team.cl"

// Lookups of table rows by id, and the sums of their gradients by id, where neighbours read neighbours.

// y[b,g,:] = bias + Σ x · table[id] over the slots of group g; absent ids are negative. A group is a field, or all
// slots. One work-item two numbers of y where the width is even, or one.
kernel void lookup(
    int rows, int slots, int groups, int width, global const int *group_starts, global const int *ids,
    global const float *values, int weighted, global const float *table, global const float *bias, int has_bias,
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
    const float2 v = pair(table + (size_t)id * width + j, even);
    sum = weighted ? fma((float2)(values[at]), v, sum) : sum + v;
  }
  put_pair(sum, y + (size_t)place * width + j, even);
}

// The same for one number a row: y[b] = bias + Σ x · table[id] over all slots. A team a row.
kernel TEAMS void lookup_sum(
    int rows, int slots, int team, global const int *ids, global const float *values, int weighted,
    global const float *table, global const float *bias, int has_bias, global float *y) {
  local float room[GROUP];
  const int item = get_global_id(0), row = item / team;
  float sum = 0.0f;
  for (int slot = item % team; row < rows && slot < slots; slot += team) {
    const int id = ids[(size_t)row * slots + slot];
    if (id < 0) continue;
    sum = weighted ? fma(values[(size_t)row * slots + slot], table[id], sum) : sum + table[id];
  }
  sum = team_sum(sum, team, room);
  if (row < rows && item % team == 0) y[row] = sum + (has_bias ? bias[0] : 0.0f);
}

// The derivatives that the places of an id ask for, of one lookup or of two at once. The columns of both follow each
// other; `second` is where those of the second one begin.
typedef struct {
  int slots, weighted, columns, second;
  int team;    // the work-items that share the columns, a power of two
  int length;  // the places of a piece
  int groups0, groups1;
} SegmentArguments;

// Σ x · dy over the places `begin` to `end` of an id, one column.
static float sum_places(
    SegmentArguments g, int column, int begin, int end, global const int *slot_groups, global const int *positions,
    global const float *values, global const float *dy0, global const float *dy1) {
  const int is_second = column >= g.second, groups = is_second ? g.groups1 : g.groups0;
  const int width = is_second ? g.columns - g.second : g.second;
  global const float *dy = is_second ? dy1 + column - g.second : dy0 + column;
  float sum = 0.0f;
  SEVERAL
  for (int i = begin; i < end; ++i) {
    const int place = positions[i], row = place / g.slots;
    const int group = groups == 1 ? row : groups == g.slots ? place : row * groups + slot_groups[place - row * g.slots];
    const float v = dy[(size_t)group * width];
    sum = g.weighted ? fma(values[place], v, sum) : sum + v;
  }
  return sum;
}

// The places of an id that has more than `length` of them are summed in pieces, so that an id which occurs
// everywhere is not one team's work. A piece has a place of its own in `partial`: with T the tile of `length` places
// in which it begins, 2·T + 1 if it is its id's first piece, otherwise 2·T. Of either kind a tile has one at most:
// such ids, and the pieces of an id, begin at least `length` apart.
static int piece(int at, int begin, int length) { return at / length * 2 + (at == begin); }

// The sum over each piece, [pieces × columns]. A team a place for one.
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
  for (int column = get_global_id(0) % g.team; column < g.columns; column += g.team) {
    partial[(size_t)item * g.columns + column] = sum_places(
        g, column, at, min(at + g.length, end), slot_groups, positions, values, dy0, dy1);
  }
}

// The gradient of each distinct id, behind sum_pieces; of a whole table in its row. A team an id after the other.
kernel TEAMS void sum_segments(
    global const int *distinct, SegmentArguments g, global const int *slot_groups, global const int *starts,
    global const int *positions, global const float *values, global const float *dy0, global const float *dy1,
    global const int *ids, int whole0, int whole1, global const float *partial, global float *gradient0,
    global float *gradient1) {
  const int teams = get_global_size(0) / g.team, count = distinct[0];
  for (int rank = get_global_id(0) / g.team; rank < count; rank += teams) {
    const int begin = starts[rank], end = starts[rank + 1];
    for (int column = get_global_id(0) % g.team; column < g.columns; column += g.team) {
      float sum = 0.0f;
      if (end - begin <= g.length) {
        sum = sum_places(g, column, begin, end, slot_groups, positions, values, dy0, dy1);
      } else {
        SEVERAL
        for (int at = begin; at < end; at += g.length) {
          sum += partial[(size_t)piece(at, begin, g.length) * g.columns + column];
        }
      }
      if (column < g.second) {
        gradient0[(size_t)(whole0 ? ids[rank] : rank) * g.second + column] = sum;
      } else {
        gradient1[(size_t)(whole1 ? ids[rank] : rank) * (g.columns - g.second) + column - g.second] = sum;
      }
    }
  }
}
