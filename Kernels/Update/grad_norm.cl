#include "vector.cl"

// The norm of all gradients together, and what to scale them by.

// Σ x² over one of `blocks` blocks of whole vectors; of a table's gradient, [rows × width], the rows of the
// batch's distinct ids. One work-item a block.
kernel void squares(
    int rows, int width, int touched, global const int *distinct, global const float *x, int blocks,
    global float *sums, int offset) {
  const int block = get_global_id(0), count = (touched ? distinct[0] : rows) * width;
  if (block >= blocks) return;
  const int each = (vectors(count) + blocks - 1) / blocks * LANES;
  const size_t begin = min((size_t)block * each, (size_t)count);
  const int span = min((size_t)each, count - begin);
  sums[offset + block] = squared_norm(span, x + begin);
}

// Σ x of numbers that are sums of squares themselves.
static float add_up(int count, global const float *x) {
  vec sum = 0.0f;
  const int whole = count / LANES * LANES;
  SEVERAL
  for (int i = 0; i < whole; i += LANES) sum += LOAD(x + i);
  return total(sum + load(x + whole, count - whole));
}

// The sum of a gradient's squares, of which there are parts, into a number of the sums. One work-item.
kernel void join_squares(int count, global const float *x, global float *sums, int offset) {
  if (get_global_id(0) == 0) sums[offset] = add_up(count, x);
}

// scale = min(1, limit / (√Σ + 10⁻⁶)). One work-item. Rounding may leave less than 0 where what one part
// takes from another is all of it.
kernel void clip_scale(int count, global const float *sums, float limit, global float *scale) {
  if (get_global_id(0) > 0) return;
  scale[0] = fmin(1.0f, limit / (sqrt(fmax(add_up(count, sums), 0.0f)) + 1e-6f));
}
