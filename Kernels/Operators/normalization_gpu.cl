#include "philox.cl"
#include "epilogue.cl"
#include "team.cl"

// Batch normalisation where neighbours read neighbours. Sums over the rows go over parts of them, `span` rows each,
// then over the parts: no work-item has all of these.

// A part's mean and its sum of squared distances from it, [parts × 2 × whole vectors]. One work-item a vector of a
// part.
kernel TEAMS void part_moments(int rows, int width, int span, global const float *x, global float *moments) {
  const int column = get_global_id(0) * LANES, n = width - column, grain = grain_of(width);
  const int first = get_group_id(1) * span, end = min(first + span, rows);
  if (column >= width) return;
  global const float *from = x + column;
  vec mean = 0.0f, distances = 0.0f;
  SEVERAL
  for (int row = first; row < end; ++row) mean += quad(from + (size_t)row * width, n, grain);
  mean /= (float)(end - first);
  SEVERAL
  for (int row = first; row < end; ++row) {
    const vec d = quad(from + (size_t)row * width, n, grain) - mean;
    distances = fma(d, d, distances);
  }
  global float *to = moments + (size_t)get_group_id(1) * 2 * vectors(width) * LANES + column;
  put_quad(mean, to, LANES, 2);
  put_quad(distances, to + vectors(width) * LANES, LANES, 2);
}

typedef struct {
  vec mean, distances;
  float count;
} Moments;

// Those of both (Chan, Golub & LeVeque 1979).
INLINE Moments join(Moments a, Moments b) {
  if (b.count == 0.0f) return a;
  const float share = b.count / (a.count + b.count);
  const vec d = b.mean - a.mean;
  const Moments both = {
      fma(d, (vec)(share), a.mean), a.distances + b.distances + d * d * (share * a.count), a.count + b.count};
  return both;
}

// Joins the moments of all parts. A team a vector of columns: neighbours have neighbouring vectors. All work-items
// of the group call it; the first one of a team has the result.
INLINE Moments joined(
    int rows, int width, int span, int team, global const float *moments, int column, local Moments *room) {
  const int me = get_local_id(0), across = GROUP / team, lane = me / across, parts = (rows + span - 1) / span;
  Moments all = {0.0f, 0.0f, 0.0f};
  for (int part = lane; part < parts && column < width; part += team) {
    global const float *from = moments + (size_t)part * 2 * vectors(width) * LANES + column;
    const Moments next = {
        quad(from, LANES, 2), quad(from + vectors(width) * LANES, LANES, 2), min(span, rows - part * span)};
    all = join(all, next);
  }
  room[me] = all;
  for (int side = team / 2; side > 0; side /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane < side) room[me] = join(room[me], room[me + side * across]);
  }
  return room[me];
}

// The work-item's column, and whether it has the result of its team.
#define COLUMN \
  const int across = GROUP / team, me = get_local_id(0); \
  const int column = ((int)get_group_id(0) * across + me % across) * LANES, n = width - column;

// The mean of a piece of a batch and the sum of squared distances from it.
kernel TEAMS void join_moments(
    int rows, int width, int span, int team, global const float *moments, global float *saved) {
  local Moments room[GROUP];
  COLUMN
  const Moments all = joined(rows, width, span, team, moments, column, room);
  if (me >= across || column >= width) return;
  store(all.mean, saved + column, n);
  store(all.distances, saved + width + column, n);
}

// Keeps μ and 1/√(σ² + ε) for this batch, and moves the running statistics.
kernel TEAMS void batch_statistics(
    int rows, int width, int span, int team, global const float *moments, float epsilon, float momentum,
    global float *saved, global float *running_mean, global float *running_variance) {
  local Moments room[GROUP];
  COLUMN
  const Moments all = joined(rows, width, span, team, moments, column, room);
  if (me >= across || column >= width) return;
  store(all.mean, saved + column, n);
  store(1.0f / sqrt(all.distances / (float)rows + epsilon), saved + width + column, n);
  const vec old_mean = load(running_mean + column, n);
  const vec old_variance = load(running_variance + column, n);
  const vec variance = all.distances / (float)max(rows - 1, 1);
  store(old_mean + momentum * (all.mean - old_mean), running_mean + column, n);
  store(old_variance + momentum * (variance - old_variance), running_variance + column, n);
}

// The columns whose dropout is drawn together, and the work-items that have them.
#define BLOCK 128
#define DRAWERS (BLOCK / LANES)

// The mask of the work-item's 32 columns of dropout, see dropout.cl: eight of the block's work-items draw a bit of
// all bytes each. All work-items of the group call it.
static uint drawn_mask(Epilogue e, int row, int block, local uint *bits) {
  const int me = get_local_id(0), drawer = me % DRAWERS;
  local uint *own = bits + me / DRAWERS * 32;
  if (drawer < 8) {
    // Of the four blocks that are made at once only one is wanted.
    uint4 words[4] = {(uint)row, (uint)(block * 8 + drawer), e.step, e.layer};
    philox4(words, (uint2)(e.seed_low, e.seed_high));
    for (int i = 0; i < 4; ++i) own[drawer * 4 + i] = words[i].x;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  uint below = 0;
  for (int plane = 7; plane >= 0; --plane) {
    const uint word = ~own[plane * 4 + drawer * LANES / 32];
    below = e.threshold >> (7 - plane) & 1 ? word | below : word & below;
  }
  return ~below;
}

// y = epilogue(γ ∘ (x − μ) / √(σ² + ε) + β), with μ and 1/√(σ² + ε) of the batch, or the running mean and variance;
// dropout is drawn on the way. One work-item a vector of a row, of which there are whole blocks.
kernel TEAMS void normalize_rows(
    int rows, int width, global const float *x, global const float *gamma, global const float *beta, int training,
    global const float *saved, global const float *running_mean, global const float *running_variance,
    float epsilon, Epilogue e, global float *y) {
  local uint bits[GROUP / DRAWERS * 32];
  const int blocks = (width + BLOCK - 1) / BLOCK, item = get_global_id(0);
  const int row = item / (blocks * DRAWERS), block = item / DRAWERS % blocks, grain = grain_of(width);
  const int column = block * BLOCK + item % DRAWERS * LANES, n = width - column;
  const uint mask = e.threshold > 0 ? drawn_mask(e, row, block, bits) >> column % 32 : 0;
  if (row >= rows || column >= width) return;
  const vec mean = quad((training ? saved : running_mean) + column, n, grain);
  const vec inverse = training ? quad(saved + width + column, n, grain)
                               : 1.0f / sqrt(quad(running_variance + column, n, grain) + epsilon);
  const size_t place = (size_t)row * width + column;
  const vec normalized = (quad(x + place, n, grain) - mean) * inverse;
  const vec z = fma(quad(gamma + column, n, grain), normalized, quad(beta + column, n, grain));
  Epilogue activation = e;
  activation.threshold = 0;
  vec a = epilogue(z, activation, 0, row, column, width);
  if (e.threshold > 0) a = ((ivec)(1) << LANE & (int)mask) != 0 ? a * e.scale : (vec)(0.0f);
  put_quad(a, y + place, n, grain);
}

// dz = dy ∘ epilogue'(y) in place of dy, and Σ dz and behind it Σ dz ∘ x̂ over a part, each in whole vectors.
// One work-item a vector of a part.
kernel TEAMS void normalize_gradient_sums(
    int rows, int width, int span, global const float *x, global const float *saved, Epilogue e,
    global const uint *mask, global const float *y, global float *dy, global float *scratch, int offset) {
  const int column = get_global_id(0) * LANES, n = width - column, grain = grain_of(width);
  const int first = get_group_id(1) * span, end = min(first + span, rows);
  if (column >= width) return;
  const vec mean = quad(saved + column, n, grain), inverse = quad(saved + width + column, n, grain);
  vec dbeta = 0.0f, dgamma = 0.0f;
#pragma unroll 4
  for (int row = first; row < end; ++row) {
    const size_t place = (size_t)row * width + column;
    const vec dz =
        epilogue_gradient(quad(dy + place, n, grain), quad(y + place, n, grain), e, mask, row, column, width);
    put_quad(dz, dy + place, n, grain);
    dbeta += dz;
    dgamma = fma(dz, (quad(x + place, n, grain) - mean) * inverse, dgamma);
  }
  global float *sums = scratch + offset + (size_t)get_group_id(1) * 2 * vectors(width) * LANES + column;
  put_quad(dbeta, sums, LANES, 2);
  put_quad(dgamma, sums + vectors(width) * LANES, LANES, 2);
}

// dx = γ/√(σ² + ε) ∘ (dz − dβ/whole − x̂ ∘ dγ/whole), `whole` being the rows that dβ and dγ are of. One work-item a
// vector of a row.
kernel TEAMS void normalize_gradient(
    int rows, int width, global const float *x, global const float *gamma, global const float *saved,
    global const float *dz, global const float *dgamma, global const float *dbeta, global float *dx,
    int accumulate, float whole) {
  const int item = get_global_id(0), row = item / vectors(width), grain = grain_of(width);
  const int column = item % vectors(width) * LANES, n = width - column;
  if (row >= rows) return;
  const size_t place = (size_t)row * width + column;
  const vec inverse = quad(saved + width + column, n, grain);
  const vec normalized = (quad(x + place, n, grain) - quad(saved + column, n, grain)) * inverse;
  const vec mean_part = (quad(dbeta + column, n, grain) + normalized * quad(dgamma + column, n, grain)) / whole;
  const vec v = quad(gamma + column, n, grain) * inverse * (quad(dz + place, n, grain) - mean_part);
  put_quad(accumulate ? quad(dx + place, n, grain) + v : v, dx + place, n, grain);
}
