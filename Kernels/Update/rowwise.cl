#include "vector.cl"

// Updates that look at a table's rows as wholes, [rows × width]: of all rows, or of those of the batch's
// distinct ids.

// n += mean(g²) over a row, w −= η·g / (√n + ε). One work-item a row.
kernel void rowwise_adagrad(
    int rows, int width, int touched, global const int *distinct, global const int *ids,
    global const float *scale, global const float *gradient, global float *weight, float rate,
    global float *squares, float epsilon) {
  const int row = get_global_id(0);
  if (row >= (touched ? distinct[0] : rows)) return;
  const int place = touched ? ids[row] : row;
  global const float *g = gradient + (size_t)row * width;
  global float *w = weight + (size_t)place * width;
  vec sum = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    const vec d = load(g + j, width - j) * scale[0];
    sum = fma(d, d, sum);
  }
  const float n = squares[place] + total(sum) / width;
  squares[place] = n;
  // A row whose gradients were all 0 stays where it is, also with ε = 0.
  const float factor = n > 0.0f ? rate * scale[0] / (sqrt(n) + epsilon) : 0.0f;
  for (int j = 0; j < width; j += LANES) {
    store(load(w + j, width - j) - factor * load(g + j, width - j), w + j, width - j);
  }
}

// CowClip: g ← g · min(1, n · max(ratio·‖w‖, floor) / ‖g‖) for the row of each distinct id, n being its
// occurrences, starts[i + 1] − starts[i]. One work-item a row.
kernel void clip_rows(
    global const int *distinct, int width, int whole, global const int *ids,
    global const int *starts, float ratio, float least, global const float *weight,
    global float *gradient) {
  const int item = get_global_id(0);
  if (item >= distinct[0]) return;
  global const float *w = weight + (size_t)ids[item] * width;
  global float *g = gradient + (size_t)(whole ? ids[item] : item) * width;
  vec weights = 0.0f, slopes = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    const vec a = load(w + j, width - j), b = load(g + j, width - j);
    weights = fma(a, a, weights);
    slopes = fma(b, b, slopes);
  }
  const float norm = sqrt(total(slopes));
  const float limit = (starts[item + 1] - starts[item]) * fmax(ratio * sqrt(total(weights)), least);
  if (!(norm > limit)) return;
  for (int j = 0; j < width; j += LANES) {
    store(load(g + j, width - j) * (limit / norm), g + j, width - j);
  }
}
