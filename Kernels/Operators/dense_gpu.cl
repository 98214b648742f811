#include "epilogue.cl"
#include "team.cl"

// What a dense layer needs beside its products, and the products with a single output, where neighbours read
// neighbours; sums over rows in two levels, of which no work-item has the second to itself.

// The work-items that compute a row of a single output.
#define ROW_TEAM 32

// y = epilogue(x · w + b) for a single output. A team a row.
kernel TEAMS void single_output(
    int rows, int inputs, global const float *x, global const float *weight, global const float *bias,
    int has_bias, Epilogue e, global const uint *mask, global float *y) {
  local float room[GROUP];
  const int item = get_global_id(0), row = item / ROW_TEAM, grain = grain_of(inputs);
  vec sum = 0.0f;
  for (int i = item % ROW_TEAM * LANES; row < rows && i < inputs; i += ROW_TEAM * LANES) {
    sum = fma(
        quad(x + (size_t)row * inputs + i, inputs - i, grain), quad(weight + i, inputs - i, grain), sum);
  }
  const vec z = team_sum(sum.x + sum.y + (sum.z + sum.w), ROW_TEAM, room) + (has_bias ? bias[0] : 0.0f);
  if (row < rows && item % ROW_TEAM == 0) store(epilogue(z, e, mask, row, 0, 1), y + row, 1);
}

// The derivatives of a single output in one pass over x, for each of the parts of the rows, `span` of them:
// dx = (dz · wᵀ) ∘ below'(x), and a row of sums, dw = xᵀ · dz and behind it, from a multiple of LANES on, db = Σ dz.
// One work-item a vector of columns of a part.
kernel TEAMS void single_output_gradient(
    int rows, int inputs, int span, global const float *x, global const float *weight, global const float *dz,
    Epilogue below, global const uint *mask, global float *dx, int accumulate, global float *scratch, int offset) {
  const int i = get_global_id(0) * LANES, n = inputs - i, grain = grain_of(inputs);
  const int first = get_group_id(1) * span, end = min(first + span, rows);
  if (i >= inputs) return;
  global float *sums = scratch + offset + (size_t)get_group_id(1) * (vectors(inputs) + 1) * LANES;
  const vec w = quad(weight + i, n, grain);
  vec slopes = 0.0f;
  float all = 0.0f;
#pragma unroll 4
  for (int row = first; row < end; ++row) {
    const size_t place = (size_t)row * inputs + i;
    const vec input = quad(x + place, n, grain);
    const float slope = dz[row];
    slopes = fma(input, (vec)(slope), slopes);
    all += slope;
    const vec v = epilogue_gradient(w * slope, input, below, mask, row, i, inputs);
    put_quad(accumulate ? quad(dx + place, n, grain) + v : v, dx + place, n, grain);
  }
  put_quad(slopes, sums + i, LANES, 2);
  if (i == 0) put_quad(all, sums + vectors(inputs) * LANES, LANES, 2);
}

// The sums of columns over parts of the rows, `span` of them, [parts × width], each part in whole vectors.
// One work-item a vector of a part.
kernel TEAMS void column_sums(
    int rows, int width, int span, global const float *x, global float *sums) {
  const int column = get_global_id(0) * LANES, n = width - column, grain = grain_of(width);
  const int first = get_group_id(1) * span, end = min(first + span, rows);
  if (column >= width) return;
  vec sum = 0.0f;
  SEVERAL
  for (int row = first; row < end; ++row) sum += quad(x + (size_t)row * width + column, n, grain);
  put_quad(sum, sums + (size_t)get_group_id(1) * vectors(width) * LANES + column, LANES, 2);
}

// Adds up the sums of parts, a row of `stride` numbers each, whose first numbers are those of y0 and whose numbers
// from `second` on those of y1; or adds them to what is there. All three are multiples of LANES but the counts.
// A team a vector: neighbours have neighbouring vectors.
kernel TEAMS void sum_parts(
    int parts, int stride, global const float *scratch, int offset, int team, int count0, global float *y0,
    int second, int count1, global float *y1, int accumulate) {
  local vec room[GROUP];
  global const float *sums = scratch + offset;
  const int width = GROUP / team, me = get_local_id(0), lane = me / width, own = vectors(count0);
  const int item = (int)get_group_id(0) * width + me % width, is_second = item >= own;
  const int i = (is_second ? item - own : item) * LANES, count = is_second ? count1 : count0;
  global const float *from = sums + (is_second ? second : 0) + i;
  vec sum = 0.0f;
  if (i < count) {
    SEVERAL
    for (int part = lane; part < parts; part += team) sum += *(global const vec *)(from + (size_t)part * stride);
  }
  room[me] = sum;
  for (int side = team / 2; side > 0; side /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane < side) room[me] += room[me + side * width];
  }
  if (lane > 0 || i >= count) return;
  global float *y = (is_second ? y1 : y0) + i;
  const int n = count - i;
  store(accumulate ? load(y, n) + room[me] : room[me], y, n);
}

// y[0] = Σ x. One work-group.
kernel __attribute__((reqd_work_group_size(256, 1, 1))) void sum_column(
    int count, global const float *x, global float *y) {
  local float room[256];
  const int me = get_local_id(0), whole = count / LANES * LANES;
  vec sum = 0.0f;
  SEVERAL
  for (int i = me * LANES; i < whole; i += 256 * LANES) sum += *(global const vec *)(x + i);
  if (me == 0) sum += load(x + whole, count - whole);
  const float all = team_sum(sum.x + sum.y + (sum.z + sum.w), 256, room);
  if (me == 0) y[0] = all;
}
