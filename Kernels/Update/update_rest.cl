#include "embedding_update_two_pass.cl"

// Updates of whole tables that lie in pieces: a batch's rows are updated in a window, all others here.

// The step of every row of a piece as if none had an id in the batch: what becomes of those that have is written over.
// One work-item a vector, or, where the optimizer looks at rows as wholes, a row.
kernel void update_rest(
    int rows, int width, global const float *zeros, global const float *scale, Rule rule,
    global entry *weight, STATE(state)) {
  const Table t = {width, scale[0], weight, POINTERS(state)};
  const size_t item = get_global_id(0), at = item * LANES, count = (size_t)rows * width;
  if (is_rowwise(rule)) {
    if (item < (size_t)rows) update_row(t, (int)item, zeros, rule, rule.l2);
    return;
  }
  if (at >= count) return;
  update_vector(t, at, (int)min((size_t)LANES, count - at), rule, (vec)(0.0f));
}

// −λ²·Σ w² over CHUNK rows of a window that a batch works on: they are counted with the gradient there, not with the
// rest. One work-item a chunk.
kernel void square_taken(
    int count, int chunks, int width, float l2, global const int *places, global const float *window,
    global float *squares, int offset) {
  const int chunk = get_global_id(0), begin = chunk * CHUNK, end = min(begin + CHUNK, count);
  if (chunk >= chunks) return;
  float sum = 0.0f;
  for (int i = begin; i < end; ++i) {
    sum += squared_norm(width, window + (size_t)places[i] * width);
  }
  squares[offset + chunk] = -l2 * l2 * sum;
}
