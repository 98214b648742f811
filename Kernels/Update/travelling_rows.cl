#include "vector.cl"

// Tables that do not lie in one buffer: the rows of a batch's ids are taken from where they lie to the window that
// the step works on, and put back behind it. The i-th of them is that of feature `ids[i]`, and row `places[i]` of the
// window. A piece of a table begins with the row `first`; what comes from the host or goes there lies row behind row,
// from `offset` on. One work-item a vector of a row.

// How many rows ahead memory is asked for.
#define AHEAD 16

// The row that the work-item has, its columns, and where they lie there and in the window.
#define PLACE \
  const int item = get_global_id(0), row = begin + item / vectors(width); \
  const int column = item % vectors(width) * LANES, n = width - column; \
  if (row >= end) return; \
  const size_t there = (size_t)offset + (size_t)(listed ? ids[row] - first : row) * width + column; \
  const size_t here = (size_t)places[row] * width + column;

kernel void take_rows(
    int begin, int end, int width, int first, int listed, global const int *ids,
    global const int *places, global const float *table, int offset, global float *window) {
  PLACE
  if (listed) PREFETCH(table + (size_t)(ids[min(row + AHEAD, end - 1)] - first) * width);
  store(load(table + there, n), window + here, n);
}

kernel void put_rows(
    int begin, int end, int width, int first, int listed, global const int *ids,
    global const int *places, global float *table, int offset, global const float *window) {
  PLACE
  if (listed) PREFETCH(table + (size_t)(ids[min(row + AHEAD, end - 1)] - first) * width);
  store(load(window + here, n), table + there, n);
}
