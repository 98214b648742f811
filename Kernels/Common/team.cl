#include "vector.cl"

// For devices whose work-groups share local memory: what the work-items of a team make together, team by team of a
// work-group. Neighbours of a team read neighbours.

// The work-items of a work-group that is cut into teams.
#define GROUP 64
#define TEAMS __attribute__((reqd_work_group_size(GROUP, 1, 1)))

// The sum over the `size` work-items of a team, a power of two, by a tree. All work-items of the group call it.
static float team_sum(float x, int size, local float *room) {
  const int me = get_local_id(0);
  room[me] = x;
  for (int side = size / 2; side > 0; side /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (me % size < side) room[me] += room[me + side];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float sum = room[me / size * size];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

// Two numbers at p as one load, where rows begin at even places; otherwise the first alone, and 0.
static float2 pair(global const float *p, int even) {
  return even ? *(global const float2 *)p : (float2)(p[0], 0.0f);
}

static void put_pair(float2 v, global float *p, int even) {
  if (even) {
    *(global float2 *)p = v;
  } else {
    p[0] = v.x;
  }
}

// How rows of a width lie: each begins at a multiple of four numbers (2), of two (1), or anywhere (0).
static int grain_of(int width) { return width % 4 == 0 ? 2 : width % 2 == 0; }

// The first n numbers at p and 0 behind them, by as few loads as the grain allows for.
static float4 quad(global const float *p, int n, int grain) {
  if (grain == 2) return *(global const float4 *)p;
  if (grain == 1) return (float4)(pair(p, 1), n > 2 ? pair(p + 2, 1) : (float2)(0.0f));
  return load4(p, n);
}

static void put_quad(float4 v, global float *p, int n, int grain) {
  if (grain == 2) {
    *(global float4 *)p = v;
  } else if (grain == 1) {
    put_pair(v.lo, p, 1);
    if (n > 2) put_pair(v.hi, p + 2, 1);
  } else {
    store4(v, p, n);
  }
}
