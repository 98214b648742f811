#include "entries.cl"

// CowClip: g ← g · min(1, n · max(ratio·‖w‖, floor) / ‖g‖) for the row of each distinct id, n being its
// occurrences, starts[i + 1] − starts[i]. One work-item a row.
kernel void clip_rows(
    global const int *distinct, int width, int whole, global const int *ids,
    global const int *starts, float ratio, float least, global const entry *weight,
    global float *gradient) {
  const int item = get_global_id(0);
  if (item >= distinct[0]) return;
  global const entry *w = weight + (size_t)ids[item] * width;
  global float *g = gradient + (size_t)(whole ? ids[item] : item) * width;
  vec weights = 0.0f, slopes = 0.0f;
  for (int j = 0; j < width; j += LANES) {
    const vec a = load_entries(w + j, width - j), b = load(g + j, width - j);
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
