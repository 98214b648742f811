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

// The first n numbers at p, by one load where p is a multiple of four numbers and n is too.
static vec quad(global const float *p, int n, int aligned) {
  return aligned ? *(global const vec *)p : load(p, n);
}

static void put_quad(vec v, global float *p, int n, int aligned) {
  if (aligned) {
    *(global vec *)p = v;
  } else {
    store(v, p, n);
  }
}
