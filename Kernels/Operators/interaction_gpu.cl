#include "team.cl"

// The factorization machine's pairwise term, `span` columns a work-item: two where the width is even, which are one
// load. Neighbours read the columns of a field.

// y[b] = ½ Σ_j [(Σ_f e[b,f,j])² − Σ_f e[b,f,j]²]. A team a row.
kernel TEAMS void interaction(
    int rows, int fields, int width, int team, global const float *e, global float *y) {
  local float room[GROUP];
  const int item = get_global_id(0), row = item / team, even = width % 2 == 0, span = 1 + even;
  float all = 0.0f;
  for (int j = item % team * span; row < rows && j < width; j += team * span) {
    global const float *from = e + (size_t)row * fields * width + j;
    float2 sum = 0.0f, squares = 0.0f;
    SEVERAL
    for (int field = 0; field < fields; ++field) {
      const float2 v = pair(from + field * width, even);
      sum += v;
      squares = fma(v, v, squares);
    }
    const float2 pairs = sum * sum - squares;
    all += pairs.x + pairs.y;
  }
  all = team_sum(all, team, room);
  if (row < rows && item % team == 0) y[row] = 0.5f * all;
}

// de[b,f,j] = dy[b] · (Σ_g e[b,g,j] − e[b,f,j]). One work-item `span` columns of a row; what it reads the second
// time is in the nearest cache.
kernel void interaction_gradient(
    int rows, int fields, int width, global const float *e, global const float *dy, global float *de,
    int accumulate) {
  const int even = width % 2 == 0, span = 1 + even, items = width / span;
  const int item = get_global_id(0), row = item / items;
  if (row >= rows) return;
  const size_t first = (size_t)row * fields * width + item % items * span;
  float2 sum = 0.0f;
  SEVERAL
  for (int field = 0; field < fields; ++field) sum += pair(e + first + field * width, even);
  const float slope = dy[row];
  SEVERAL
  for (int field = 0; field < fields; ++field) {
    const size_t place = first + field * width;
    const float2 v = slope * (sum - pair(e + place, even));
    put_pair(accumulate ? pair(de + place, even) + v : v, de + place, even);
  }
}
