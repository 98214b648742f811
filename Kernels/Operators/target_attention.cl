#include "list.cl"
#include "vector.cl"

// Vectors of fields from vectors of slots: sums, and for histories what the target's vector makes of them.

// y_f = Σ h_s over the slots of each field from `first` on, `count` fields. One work-item a field of a row.
kernel void sum_slots(
    int rows, int slots, int fields, int width, int first, int count, global const int *field_starts,
    global const float *h, global float *y) {
  const int item = get_global_id(0), row = item / count, field = first + item % count;
  if (row >= rows) return;
  const int begin = field_starts[field], end = field_starts[field + 1];
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec sum = 0.0f;
    for (int s = begin; s < end; ++s) sum += load(h + ((size_t)row * slots + s) * width + j, n);
    store(sum, y + ((size_t)row * fields + field) * width + j, n);
  }
}

// dh_s = dy_f for the slots s of these fields, from `first` on, `count` slots. One work-item a slot of a row.
kernel void spread_fields(
    int rows, int slots, int fields, int width, int first, int count, global const int *slot_fields,
    global const float *dy, global float *dh, int accumulate) {
  const int item = get_global_id(0), row = item / count, slot = first + item % count;
  if (row >= rows) return;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    global float *place = dh + ((size_t)row * slots + slot) * width + j;
    const vec v = load(dy + ((size_t)row * fields + slot_fields[slot]) * width + j, n);
    store(accumulate ? load(place, n) + v : v, place, n);
  }
}

static float product(int width, global const float *a, global const float *b) {
  vec sum = 0.0f;
  for (int j = 0; j < width; j += LANES) sum = fma(load(a + j, width - j), load(b + j, width - j), sum);
  return total(sum);
}

// a = softmax(n/√k · ⟨q, h_s⟩) over the n slots from `first` to `last` that are not empty, y_f = n Σ a_s h_s. One
// work-item a row.
kernel void attend(
    int rows, int slots, int fields, int width, int field, int first, int last, global const int *ids,
    global const float *h, int target, global float *weights, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  ids += (size_t)row * slots;
  h += (size_t)row * slots * width;
  weights += (size_t)row * slots;
  y += ((size_t)row * fields + field) * width;
  const int count = present(first, last, ids);
  const float scale = count / sqrt((float)width);
  float most = -MAXFLOAT;
  for (int s = first; s < last; ++s) {
    if (ids[s] < 0) continue;
    weights[s] = scale * product(width, h + (size_t)target * width, h + (size_t)s * width);
    most = fmax(most, weights[s]);
  }
  float sum = 0.0f;
  for (int s = first; s < last; ++s) {
    weights[s] = ids[s] < 0 ? 0.0f : exp(weights[s] - most);
    sum += weights[s];
  }
  const float share = count > 0 ? 1.0f / sum : 0.0f;
  for (int s = first; s < last; ++s) weights[s] *= share;
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec pooled = 0.0f;
    for (int s = first; s < last; ++s) {
      pooled = fma((vec)(weights[s]), load(h + (size_t)s * width + j, n), pooled);
    }
    store(count * pooled, y + j, n);
  }
}

// dh of these slots, and what is added to that of the target's: with t_s = n⟨dy_f, h_s⟩ and
// e_s = n/√k · a_s (t_s − Σ a t), dh_s = n a_s dy_f + e_s q, dq += Σ e_s h_s. One work-item a row.
kernel void attend_gradient(
    int rows, int slots, int fields, int width, int field, int first, int last, global const int *ids,
    global const float *h, int target, global const float *weights, global const float *dy,
    global float *dh, int accumulate) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  ids += (size_t)row * slots;
  h += (size_t)row * slots * width;
  dh += (size_t)row * slots * width;
  weights += (size_t)row * slots;
  dy += ((size_t)row * fields + field) * width;
  const int count = present(first, last, ids);
  const float scale = count / sqrt((float)width);
  float mean = 0.0f;
  for (int s = first; s < last; ++s) {
    mean = fma(weights[s], count * product(width, dy, h + (size_t)s * width), mean);
  }
  global const float *q = h + (size_t)target * width;
  global float *dq = dh + (size_t)target * width;
  for (int s = first; s < last; ++s) {
    global const float *from = h + (size_t)s * width;
    global float *to = dh + (size_t)s * width;
    const float slope = scale * weights[s] * (count * product(width, dy, from) - mean);
    const float share = count * weights[s];
    for (int j = 0; j < width; j += LANES) {
      const int n = width - j;
      const vec v = fma((vec)(slope), load(q + j, n), share * load(dy + j, n));
      store(accumulate ? load(to + j, n) + v : v, to + j, n);
      store(fma((vec)(slope), load(from + j, n), load(dq + j, n)), dq + j, n);
    }
  }
}

// y_f = n Σ a_s h_s over the slots from `first` to `last`, of which n are not empty, with weights a that are given,
// [rows × slots of the field]. One work-item a row.
kernel void pool(
    int rows, int slots, int fields, int width, int field, int first, int last, global const int *ids,
    global const float *h, global const float *weights, global float *y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  h += (size_t)row * slots * width;
  ids += (size_t)row * slots;
  weights += (size_t)row * (last - first);
  y += ((size_t)row * fields + field) * width;
  const int count = present(first, last, ids);
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    vec pooled = 0.0f;
    for (int s = first; s < last; ++s) {
      if (ids[s] < 0) continue;
      pooled = fma((vec)(weights[s - first]), load(h + (size_t)s * width + j, n), pooled);
    }
    store(count * pooled, y + j, n);
  }
}

// dh_s = n a_s dy_f and da_s = n ⟨dy_f, h_s⟩. One work-item a row.
kernel void pool_gradient(
    int rows, int slots, int fields, int width, int field, int first, int last, global const int *ids,
    global const float *h, global const float *weights, global const float *dy, global float *dh,
    int accumulate, global float *dweights, int accumulate_weights) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  h += (size_t)row * slots * width;
  dh += (size_t)row * slots * width;
  ids += (size_t)row * slots;
  weights += (size_t)row * (last - first);
  dweights += (size_t)row * (last - first);
  dy += ((size_t)row * fields + field) * width;
  const int count = present(first, last, ids);
  for (int s = first; s < last; ++s) {
    // Nothing of an empty slot.
    const float n_s = ids[s] < 0 ? 0.0f : count;
    const float share = n_s * weights[s - first];
    global float *to = dh + (size_t)s * width;
    for (int j = 0; j < width; j += LANES) {
      const int n = width - j;
      const vec v = share * load(dy + j, n);
      store(accumulate ? load(to + j, n) + v : v, to + j, n);
    }
    const float slope = n_s * product(width, dy, h + (size_t)s * width);
    dweights[s - first] = accumulate_weights ? dweights[s - first] + slope : slope;
  }
}
