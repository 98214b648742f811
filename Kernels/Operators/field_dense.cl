#include "entries.cl"

// A dense layer on field embeddings whose small fields are multiplied once an id, not once a row:
// with V_f the table's rows of field f and W_f the layer's rows, P_f = V_f W_f is made for all ids of
// the field, and a row adds P_f[id_f]. Backward the derivatives dz are first summed for each id:
// G_f[id] = Σ dz over the rows with that id, then dW_f = V_fᵀ G_f and dV_f = G_f W_fᵀ.
//
// P and G are panels, [⌈columns / PANEL⌉ × ids × PANEL], the ids of the small fields one after the
// other, so that one panel of all of them stays in a cache. Behind P's last id is a row of zeros,
// for places without an id. Every sum is in the order of rows or of ids: nothing depends on threads.

#define PANEL (2 * LANES)

// A small field: its number, its first feature, its ids, and the place of its first id in P.
typedef int4 Field;
#define NUMBER s0
#define FEATURE s1
#define IDS s2
#define PLACE s3

// A run of fields of one kind: its first field, its number of fields, the other fields before it, and
// whether it is of small fields.
typedef int4 Run;
#define FIRST s0
#define FIELDS s1
#define BEFORE s2
#define SMALL s3

// Columns of x, [rows × fields·width], of the other fields, one after the other, to y, [rows ×
// others·width]. One work-item a row.
kernel void take_fields(
    int rows, int fields, int others, int width, int runs, global const Run *run,
    global const float *x, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  for (int r = 0; r < runs; ++r) {
    if (run[r].SMALL) continue;
    global const float *from = x + ((size_t)row * fields + run[r].FIRST) * width;
    global float *to = y + ((size_t)row * others + run[r].BEFORE) * width;
    for (int n = run[r].FIELDS * width; n > 0; n -= LANES, from += LANES, to += LANES) {
      store(LOAD(from), to, n);
    }
  }
}

// And back, with zeros in the columns of small fields; or added to what is there. One work-item a row.
kernel void put_fields(
    int rows, int fields, int others, int width, int runs, global const Run *run,
    global const float *y, global float *x, int accumulate) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  for (int r = 0; r < runs; ++r) {
    global float *to = x + ((size_t)row * fields + run[r].FIRST) * width;
    global const float *from = y + ((size_t)row * others + run[r].BEFORE) * width;
    const int is_small = run[r].SMALL;
    for (int n = run[r].FIELDS * width; n > 0; n -= LANES, from += LANES, to += LANES) {
      const vec v = is_small ? (vec)(0.0f) : LOAD(from);
      store(accumulate ? load(to, n) + v : v, to, n);
    }
  }
}

// The places in P of a row's ids, [rows × small fields]; `all`, the number of ids in P, for none. One work-item a row.
kernel void field_places(
    int rows, int slots, int count, int small_ids, global const Field *small,
    global const int *field_slots, global const int *ids, global int *places) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  for (int s = 0; s < count; ++s) {
    const Field f = small[s];
    const int i = ids[row * slots + field_slots[f.NUMBER]] - f.FEATURE;
    places[row * count + s] = i >= 0 && i < f.IDS ? f.PLACE + i : small_ids;
  }
}

// P, TILE ids at a time. One work-item a panel.
#define TILE 6
kernel void field_products(
    int width, int count, int small_ids, global const Field *small, global const entry *table,
    global const float *weight, int columns, global float *products) {
  const int column = get_global_id(0) * PANEL;
  if (column >= columns) return;
  global float *out = products + (size_t)get_global_id(0) * (small_ids + 1) * PANEL;
  for (int s = 0; s < count; ++s) {
    const Field f = small[s];
    global const float *w = weight + (size_t)f.NUMBER * width * columns + column;
    for (int i = 0; i < f.IDS; i += TILE) {
      const int last = f.IDS - 1 - i;
      global const entry *v[TILE];
      vec x[TILE], y[TILE];
#pragma unroll
      for (int j = 0; j < TILE; ++j) {
        v[j] = table + (size_t)(f.FEATURE + i + min(j, last)) * width;
        x[j] = y[j] = 0.0f;
      }
#pragma unroll 2
      for (int k = 0; k < width; ++k) {
        const vec left = LOAD(w + k * columns), right = LOAD(w + k * columns + LANES);
#pragma unroll
        for (int j = 0; j < TILE; ++j) {
          x[j] = fma((vec)(ENTRY(v[j][k])), left, x[j]);
          y[j] = fma((vec)(ENTRY(v[j][k])), right, y[j]);
        }
      }
      // Rows past a field's last one are that one once more.
#pragma unroll
      for (int j = 0; j < TILE; ++j) {
        global float *to = out + (f.PLACE + i + min(j, last)) * PANEL;
        STORE(x[j], to);
        STORE(y[j], to + LANES);
      }
    }
  }
  STORE((vec)(0.0f), out + small_ids * PANEL);
  STORE((vec)(0.0f), out + small_ids * PANEL + LANES);
}

// y[b,:] = Σ P[place,:] over the row's places. One work-item a panel of `block` rows.
kernel void add_products(
    int rows, int block, int count, int small_ids, global const int *places,
    global const float *products, int columns, global float *y) {
  const int column = get_global_id(0) * PANEL, n = columns - column;
  const int first = get_global_id(1) * block, end = min(first + block, rows);
  if (column >= columns) return;
  global const float *panel = products + (size_t)get_global_id(0) * (small_ids + 1) * PANEL;
  for (int row = first; row < end; ++row) {
    global const int *place = places + row * count;
    vec left = 0.0f, right = 0.0f, left1 = 0.0f, right1 = 0.0f;
    int s = 0;
    for (; s + 1 < count; s += 2) {
      global const float *p = panel + place[s] * PANEL, *q = panel + place[s + 1] * PANEL;
      left += LOAD(p);
      right += LOAD(p + LANES);
      left1 += LOAD(q);
      right1 += LOAD(q + LANES);
    }
    if (s < count) {
      left += LOAD(panel + place[s] * PANEL);
      right += LOAD(panel + place[s] * PANEL + LANES);
    }
    global float *to = y + (size_t)row * columns + column;
    store(left + left1, to, n);
    store(right + right1, to + LANES, n - LANES);
  }
}

// Where the rows of the ids of a field begin in `order` for each block of rows, [blocks × (all +
// count)], and behind the last one's where they end.
static global const int *field_starts(
    global const int *starts, int block, int small_ids, int count, Field f, int s) {
  return starts + (size_t)block * (small_ids + count) + f.PLACE + s;
}

// The rows of each id, ascending, within blocks of rows: `order` is [small fields × rows]. A counting
// sort; one work-item a field of a block.
kernel void field_order(
    int rows, int block, int count, int small_ids, global const Field *small,
    global const int *places, global int *starts, global int *order) {
  const int s = get_global_id(0), b = get_global_id(1);
  const int first = b * block, end = min(first + block, rows);
  const Field f = small[s];
  global int *at = (global int *)field_starts(starts, b, small_ids, count, f, s);
  global int *to = order + (size_t)s * rows;
  for (int i = 0; i <= f.IDS; ++i) at[i] = 0;
  for (int row = first; row < end; ++row) {
    const int i = places[row * count + s] - f.PLACE;
    if (i < f.IDS) ++at[i];
  }
  int begin = first;
  for (int i = 0; i <= f.IDS; ++i) {
    const int n = at[i];
    at[i] = begin;
    begin += n;
  }
  for (int row = first; row < end; ++row) {
    const int i = places[row * count + s] - f.PLACE;
    if (i < f.IDS) to[at[i]++] = row;
  }
  // Each beginning has moved to its end, which is the next one's beginning.
  for (int i = f.IDS; i > 0; --i) at[i] = at[i - 1];
  at[0] = first;
}

// G. One work-item a panel; its part of a block of dz is packed, so that it stays in a cache.
kernel void field_sums(
    int rows, int block, int count, int small_ids, global const Field *small,
    global const int *starts, global const int *order, global const float *dz, int columns,
    global float *packed, global float *sums) {
  const int column = get_global_id(0) * PANEL, n = columns - column;
  if (column >= columns) return;
  global float *z = packed + (size_t)get_global_id(0) * block * PANEL;
  global float *out = sums + (size_t)get_global_id(0) * small_ids * PANEL;
  for (int b = 0; b * block < rows; ++b) {
    const int first = b * block, end = min(first + block, rows);
    for (int row = first; row < end; ++row) {
      global const float *from = dz + (size_t)row * columns + column;
      STORE(load(from, n), z + (row - first) * PANEL);
      STORE(load(from + LANES, n - LANES), z + (row - first) * PANEL + LANES);
    }
    for (int s = 0; s < count; ++s) {
      const Field f = small[s];
      global const int *at = field_starts(starts, b, small_ids, count, f, s);
      global const int *order_of = order + (size_t)s * rows;
      for (int i = 0; i < f.IDS; ++i) {
        global float *to = out + (f.PLACE + i) * PANEL;
        vec left = 0.0f, right = 0.0f, left1 = 0.0f, right1 = 0.0f;
        if (b > 0) {
          left = LOAD(to);
          right = LOAD(to + LANES);
        }
        int j = at[i];
        const int last = at[i + 1];
        for (; j + 1 < last; j += 2) {
          global const float *p = z + (order_of[j] - first) * PANEL;
          global const float *q = z + (order_of[j + 1] - first) * PANEL;
          left += LOAD(p);
          right += LOAD(p + LANES);
          left1 += LOAD(q);
          right1 += LOAD(q + LANES);
        }
        if (j < last) {
          global const float *p = z + (order_of[j] - first) * PANEL;
          left += LOAD(p);
          right += LOAD(p + LANES);
        }
        STORE(left + left1, to);
        STORE(right + right1, to + LANES);
      }
    }
  }
}

// dW_f = V_fᵀ G_f of the small fields. One work-item a panel.
kernel void field_weights(
    int width, int count, int small_ids, global const Field *small, global const entry *table,
    global const float *sums, int columns, global float *dweight) {
  const int column = get_global_id(0) * PANEL, n = columns - column;
  if (column >= columns) return;
  global const float *panel = sums + (size_t)get_global_id(0) * small_ids * PANEL;
  for (int s = 0; s < count; ++s) {
    const Field f = small[s];
    global const float *g = panel + f.PLACE * PANEL;
    for (int k = 0; k < width; k += 5) {
      // Vectors of the table past the width are read, into the slack at worst, and not kept.
      vec x[5], y[5];
#pragma unroll
      for (int j = 0; j < 5; ++j) x[j] = y[j] = 0.0f;
      global const entry *v = table + (size_t)f.FEATURE * width + k;
      for (int i = 0; i < f.IDS; ++i) {
        const vec left = LOAD(g + i * PANEL), right = LOAD(g + i * PANEL + LANES);
#pragma unroll
        for (int j = 0; j < 5; ++j) {
          const vec a = ENTRY(v[i * width + j]);
          x[j] = fma(a, left, x[j]);
          y[j] = fma(a, right, y[j]);
        }
      }
      global float *to = dweight + ((size_t)f.NUMBER * width + k) * columns + column;
      for (int j = 0; j < min(5, width - k); ++j) {
        store(x[j], to + j * columns, n);
        store(y[j], to + j * columns + LANES, n - LANES);
      }
    }
  }
}

// dV_f = G_f W_fᵀ of the small fields, added where the derivative by x is kept: to the first row that
// has the id. The lookup's gradient sums over an id's rows, so one may stand for all of them.
// One work-item an id.
kernel void field_inputs(
    int rows, int block, int width, int fields, int count, int small_ids, global const Field *small,
    global const int *starts, global const int *order, global const float *weight,
    global const float *sums, int columns, global float *dx) {
  const int place = get_global_id(0);
  if (place >= small_ids) return;
  int s = 0;
  while (place >= small[s].PLACE + small[s].IDS) ++s;
  const Field f = small[s];
  int first = -1;
  for (int b = 0; b * block < rows && first < 0; ++b) {
    global const int *at = field_starts(starts, b, small_ids, count, f, s) + (place - f.PLACE);
    if (at[0] < at[1]) first = order[(size_t)s * rows + at[0]];
  }
  if (first < 0) return;
  global float *to = dx + ((size_t)first * fields + f.NUMBER) * width;
  for (int k = 0; k < width; k += 5) {
    // Rows of W past the field's last one are that one once more.
    const int most = min(5, width - k), whole = columns / LANES * LANES;
    global const float *w[5];
    vec x[5];
#pragma unroll
    for (int j = 0; j < 5; ++j) {
      w[j] = weight + ((size_t)f.NUMBER * width + k + min(j, most - 1)) * columns;
      x[j] = 0.0f;
    }
    global const float *g = sums + (size_t)place * PANEL;
    for (int column = 0; column < whole; column += LANES) {
      const vec a = LOAD(g + column % PANEL);
#pragma unroll
      for (int j = 0; j < 5; ++j) x[j] = fma(a, LOAD(w[j] + column), x[j]);
      if (column % PANEL > 0) g += (size_t)small_ids * PANEL;
    }
    if (whole < columns) {
      const vec a = LOAD(g + whole % PANEL);
#pragma unroll
      for (int j = 0; j < 5; ++j) x[j] = fma(a, load(w[j] + whole, columns - whole), x[j]);
    }
    for (int j = 0; j < most; ++j) to[k + j] += total(x[j]);
  }
}
