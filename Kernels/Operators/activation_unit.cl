#include "list.cl"
#include "vector.cl"

// What DIN's activation unit reads: for each slot of a list [q ; v ; q − v ; q ∘ v], with the target's vector q and
// v = n·h_s, n of the list's slots not being empty.

// x, [rows × slots of the list × 4·width]. One work-item a row.
kernel void unit_inputs(
    int rows, int slots, int width, int target, int first, int last, global const int *ids,
    global const float *h, global float *x) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  h += (size_t)row * slots * width;
  x += (size_t)row * (last - first) * 4 * width;
  const int count = present(first, last, ids + (size_t)row * slots);
  for (int s = first; s < last; ++s) {
    global float *to = x + (size_t)(s - first) * 4 * width;
    for (int j = 0; j < width; j += LANES) {
      const int n = width - j;
      const vec q = load(h + (size_t)target * width + j, n);
      const vec v = count * load(h + (size_t)s * width + j, n);
      store(q, to + j, n);
      store(v, to + width + j, n);
      store(q - v, to + 2 * width + j, n);
      store(q * v, to + 3 * width + j, n);
    }
  }
}

// Adds to dh: of the parts (a, b, c, d) of each slot's dx, dq += a + c + d ∘ v and dh_s += n (b − c + d ∘ q). One
// work-item a row.
kernel void unit_inputs_gradient(
    int rows, int slots, int width, int target, int first, int last, global const int *ids,
    global const float *h, global const float *dx, global float *dh) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  h += (size_t)row * slots * width;
  dh += (size_t)row * slots * width;
  dx += (size_t)row * (last - first) * 4 * width;
  const int count = present(first, last, ids + (size_t)row * slots);
  for (int j = 0; j < width; j += LANES) {
    const int n = width - j;
    const vec q = load(h + (size_t)target * width + j, n);
    vec dq = 0.0f;
    for (int s = first; s < last; ++s) {
      global const float *from = dx + (size_t)(s - first) * 4 * width + j;
      global float *to = dh + (size_t)s * width + j;
      const vec v = count * load(h + (size_t)s * width + j, n);
      const vec c = load(from + 2 * width, n), d = load(from + 3 * width, n);
      dq += load(from, n) + c + d * v;
      store(load(to, n) + count * (load(from + width, n) - c + d * q), to, n);
    }
    global float *to = dh + (size_t)target * width + j;
    store(load(to, n) + dq, to, n);
  }
}
