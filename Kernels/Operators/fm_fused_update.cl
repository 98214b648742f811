#include "embedding_update.cl"

// The update of both tables of a factorization machine, see fm_fused.cl.

// The vectors of a line of sums: the derivatives by an id's row, then that by its weight.
#define LINE 4

// How many places ahead such a line is asked for.
#define NEAR 12

// For each id a line of sums: Σ dz · Σ_f V[id',:] and Σ dz. The derivative by its row is the first without
// V[id,:] · Σ dz. Lists the ids, as sum_rows does.
static int sum_lines(
    int rows, int fields, int width, Owner owner, global const int *ids, global const float *row_sums,
    global const float *dz, global int *touched, global int *ranks, global float *lines) {
  const int parts = vectors(width + 1), last = rows * fields - 1;
  const int ahead = fields * (1 + FAR / (owner.y - owner.x));
  int count = 0;
  for (int row = 0; row < rows; ++row) {
    float numbers[LINE * LANES];
    for (int j = 0; j < LINE * LANES; ++j) {
      numbers[j] = j < width ? dz[row] * row_sums[(size_t)row * width + j] : j == width ? dz[row] : 0.0f;
    }
    const vec a = LOAD(numbers), b = LOAD(numbers + LANES);
    for (int slot = owner.x; slot < owner.y; ++slot) {
      const int place = row * fields + slot, id = ids[place];
      PREFETCH(ranks + ids[min(place + ahead, last)]);
      // A line is asked for where the rank may be right: any other one does no harm.
      const int soon = ids[min(place + NEAR, last)];
      PREFETCH(lines + (long)ranks[max(soon, 0)] * parts * LANES);
      if (id < 0) continue;
      int rank = ranks[id];
      const int is_new = (uint)rank >= (uint)count || touched[rank] != id;
      if (is_new) {
        rank = count++;
        ranks[id] = rank;
        touched[rank] = id;
      }
      global float *line = lines + (size_t)rank * parts * LANES;
      STORE(is_new ? a : LOAD(line) + a, line);
      if (parts > 1) STORE(is_new ? b : LOAD(line + LANES) + b, line + LANES);
      for (int part = 2; part < parts; ++part) {
        const vec v = LOAD(numbers + part * LANES);
        STORE(is_new ? v : LOAD(line + part * LANES) + v, line + part * LANES);
      }
    }
  }
  return count;
}

// Updates both tables. One work-item an owner.
kernel void fm_update(
    int rows, int fields, int width, int owners, global const Owner *ownership,
    global const int *ids, global const float *row_sums, global const float *dz, global int *lists,
    global float *sums, int first_rank, global const float *scale, Rule rule,
    global entry *weight, STATE(state), Rule linear_rule, global entry *linear,
    STATE(linear_state)) {
  if (get_global_id(0) >= owners) return;
  const Owner owner = ownership[get_global_id(0)];
  if (owner.x == owner.y) return;
  const int stride = vectors(width + 1) * LANES;
  global int *touched = lists + owner.z + get_global_id(0);
  global int *ranks = (global int *)sums + first_rank;
  global float *lines = sums + (size_t)owner.z * stride;
  const int count =
      sum_lines(rows, fields, width, owner, ids, row_sums, dz, touched, ranks, lines);
  const Table t = {width, scale[0], weight, POINTERS(state)};
  for (int i = 0; i < count; ++i) {
    prefetch_row(t, touched[min(i + AHEAD / 2, count - 1)], rule);
    global const float *line = lines + (size_t)i * stride;
    update_row(t, touched[i], line, rule, rule.l2 - line[width]);
  }
  const Table linear_table = {1, scale[0], linear, POINTERS(linear_state)};
  update_numbers(linear_table, count, touched, lines + width, stride, linear_rule);
}
