#include "optimizer_table.cl"
#include "entries_gpu.cl"

// Updates of several parameters in one launch, and the norm of their gradients. SLOTS parameters have a stretch of
// work-groups each; SLOT_PARAMETERS, GRADIENT_PARAMETERS and the choice of a slot's are made by the host, as there
// are so many of them.

// What a slot updates:
#define ALL 0      // all numbers, which have a gradient each
#define TOUCHED 1  // rows of a table, those of the batch's distinct ids, which have a gradient in their order
#define TABLE 2    // all rows of a table, of which only those of the distinct ids have a gradient, in their order

typedef struct {
  uint begins[SLOTS + 1];  // the first work-group of each, and the one behind the last
  uint counts[SLOTS];      // numbers
  int widths[SLOTS];       // those of a row
  uchar kinds[SLOTS], rules[SLOTS];
} Slots;

#define MEMBERS 256

// The slot that the work-group has, and which of its vectors this work-item begins with.
typedef struct {
  int slot, kind, rule, width;
  uint count, first, stride;
} Share;

// All slots are looked at, so that each stands at a constant place: no work-item needs a copy of them.
INLINE Share share_of(const Slots slots) {
  Share s = {0, 0, 0, 1, 0, 0, 1};
  const uint group = get_group_id(0);
#pragma unroll
  for (int i = 0; i < SLOTS; ++i) {
    if (group >= slots.begins[i] && group < slots.begins[i + 1]) {
      s.slot = i;
      s.kind = slots.kinds[i];
      s.rule = slots.rules[i];
      s.width = slots.widths[i];
      s.count = slots.counts[i];
      s.first = (group - slots.begins[i]) * MEMBERS + get_local_id(0);
      s.stride = (slots.begins[i + 1] - slots.begins[i]) * MEMBERS;
    }
  }
  return s;
}

// How many vectors of LANES numbers there are: of a row, or of all rows as one.
INLINE uint vectors_of(Share s, global const int *distinct) {
  return s.kind == TOUCHED ? (uint)distinct[0] * vectors(s.width) : (s.count + LANES - 1) / LANES;
}

// A vector's numbers: n of them from `at` on in the parameter, and their gradient.
typedef struct {
  size_t at;
  int n, grain;
  vec gradient;
} Place;

INLINE Place place_of(
    Share s, uint item, global const int *distinct, global const int *ids, global const int *rank_of,
    global const float *gradient) {
  Place p;
  if (s.kind == TOUCHED) {
    const uint row = item / vectors(s.width), column = item % vectors(s.width) * LANES;
    p.at = (size_t)ids[row] * s.width + column;
    p.n = s.width - column;
    p.grain = grain_of(s.width);
    p.gradient = quad(gradient + (size_t)row * s.width + column, p.n, p.grain);
    return p;
  }
  p.at = (size_t)item * LANES;
  p.n = min((uint)LANES, s.count - item * LANES);
  p.grain = p.n == LANES ? 2 : 0;
  if (s.kind == ALL) {
    p.gradient = quad(gradient + p.at, p.n, p.grain);
    return p;
  }
  float g[LANES];
  uint row = (uint)p.at / s.width, column = (uint)p.at - row * s.width;
  int rank = -1;
  for (int i = 0; i < LANES; ++i, ++column) {
    if (column == (uint)s.width) {
      ++row;
      column = 0;
    }
    if (i < p.n && (i == 0 || column == 0)) {
      // What stands there of a row without a gradient is not its rank.
      const uint found = rank_of[row];
      rank = found < (uint)distinct[0] && ids[found] == (int)row ? (int)found : -1;
    }
    g[i] = i < p.n && rank >= 0 ? gradient[(size_t)rank * s.width + column] : 0.0f;
  }
  p.gradient = (vec)(g[0], g[1], g[2], g[3]);
  return p;
}

INLINE Rule rule_of(Share s, Rule rule0, Rule rule1, Rule rule2, Rule rule3) {
  return s.rule == 0 ? rule0 : s.rule == 1 ? rule1 : s.rule == 2 ? rule2 : rule3;
}

// Σ g² with L2 over each work-group's numbers.
kernel __attribute__((reqd_work_group_size(MEMBERS, 1, 1))) void squares(
    Slots slots, Rule rule0, Rule rule1, Rule rule2, Rule rule3, global const int *distinct, global const int *ids,
    global const int *rank_of, global float *sums, int offset, GRADIENT_PARAMETERS) {
  local float room[MEMBERS];
  const Share s = share_of(slots);
  const float l2 = rule_of(s, rule0, rule1, rule2, rule3).l2;
  global const float *gradient;
  global const entry *weight;
  switch (s.slot) { CHOOSE_GRADIENT }
  vec sum = 0.0f;
  const uint count = vectors_of(s, distinct);
  for (uint item = s.first; item < count; item += s.stride) {
    const Place p = place_of(s, item, distinct, ids, rank_of, gradient);
    const vec g = l2 > 0.0f ? fma((vec)(l2), quad_entries(weight + p.at, p.n, p.grain), p.gradient) : p.gradient;
    sum = fma(g, g, sum);
  }
  const float all = team_sum(sum.x + sum.y + (sum.z + sum.w), MEMBERS, room);
  if (get_local_id(0) == 0) sums[offset + get_group_id(0)] = all;
}

// scale = min(1, limit / (√Σ + 10⁻⁶)). One work-group.
kernel __attribute__((reqd_work_group_size(MEMBERS, 1, 1))) void clip_scale(
    int count, global const float *sums, float limit, global float *scale) {
  local float room[MEMBERS];
  float sum = 0.0f;
  for (int i = get_local_id(0); i < count; i += MEMBERS) sum += sums[i];
  sum = team_sum(sum, MEMBERS, room);
  if (get_local_id(0) == 0) scale[0] = fmin(1.0f, limit / (sqrt(sum) + 1e-6f));
}

// The optimizers' steps.
kernel __attribute__((reqd_work_group_size(MEMBERS, 1, 1))) void update(
    Slots slots, Rule rule0, Rule rule1, Rule rule2, Rule rule3, global const int *distinct, global const int *ids,
    global const int *rank_of, global const float *scale, SLOT_PARAMETERS) {
  const Share s = share_of(slots);
  const Rule rule = rule_of(s, rule0, rule1, rule2, rule3);
  global const float *gradient;
  Table t;
  t.scale = scale[0];
  switch (s.slot) { CHOOSE_SLOT }
  const uint count = vectors_of(s, distinct);
  for (uint item = s.first; item < count; item += s.stride) {
    const Place p = place_of(s, item, distinct, ids, rank_of, gradient);
    Numbers x;
    x.weight = quad_entries(t.weight + p.at, p.n, p.grain);
#pragma unroll
    for (int i = 0; i < STATES; ++i) {
      x.state[i] = i < states(rule) ? quad_entries(t.state[i] + p.at, p.n, p.grain) : (vec)(0.0f);
    }
    const vec g = rule.l2 > 0.0f ? fma((vec)(rule.l2), x.weight, p.gradient) : p.gradient;
    x = optimize(rule, g * t.scale, x, 0.0f);
    put_quad_entries(x.weight, t.weight + p.at, p.n, p.grain, rule.key, p.at);
#pragma unroll
    for (int i = 0; i < STATES; ++i) {
      if (i < states(rule)) {
        put_quad_entries(x.state[i], t.state[i] + p.at, p.n, p.grain, STATE_KEY(rule, i), p.at);
      }
    }
  }
}

// The steps of an optimizer whose rows have a number, of all rows of one parameter or those of the distinct ids. A
// team a row after the other.
kernel TEAMS void update_rowwise(
    int rows, int width, int touched, int team, global const int *distinct, global const int *ids,
    global const float *scale, global const float *gradient, Rule rule, global entry *weight, STATE(state)) {
  local float room[GROUP];
  const int me = get_local_id(0), lane = me % team, count = touched ? distinct[0] : rows, grain = grain_of(width);
  const int teams = GROUP / team;
  const Table t = {width, scale[0], weight, POINTERS(state)};
  for (int first = get_group_id(0) * teams; first < count; first += get_num_groups(0) * teams) {
    const int row = first + me / team;
    const size_t place = row >= count ? 0 : touched ? ids[row] : row;
    global const float *g = gradient + (size_t)row * width;
    float squares = 0.0f;
    for (int j = lane * LANES; row < count && j < width; j += team * LANES) {
      const vec d = quad(g + j, width - j, grain) * t.scale;
      squares += d.x * d.x + d.y * d.y + (d.z * d.z + d.w * d.w);
    }
    const float mean = team_sum(squares, team, room) / width;
    if (row < count && lane == 0) room[me] = row_factor(rule, mean, row_number(t, place, rule));
    barrier(CLK_LOCAL_MEM_FENCE);
    const float factor = room[me - lane];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int j = lane * LANES; row < count && j < width; j += team * LANES) {
      const size_t w = place * width + j;
      const int n = width - j;
      Numbers x;
      x.weight = quad_entries(t.weight + w, n, grain);
#pragma unroll
      for (int i = 0; i < STATES; ++i) {
        x.state[i] = i < states(rule) ? quad_entries(t.state[i] + w, n, grain) : (vec)(0.0f);
      }
      x = optimize(rule, quad(g + j, n, grain) * t.scale, x, factor);
      put_quad_entries(x.weight, t.weight + w, n, grain, rule.key, w);
#pragma unroll
      for (int i = 0; i < STATES; ++i) {
        if (i < states(rule)) put_quad_entries(x.state[i], t.state[i] + w, n, grain, STATE_KEY(rule, i), w);
      }
    }
  }
}
