#include "vector.cl"

// The gradient of a cross-entropy with another logit's probability, which is taken as given.

// ds = share · w·(σ(s) − σ(z)) for `places` logits s, which are copies of `rows` rows, as `given` logits z are. One
// work-item a logit.
kernel void imitate(
    int rows, int places, int given, global const float *student, global const float *teacher,
    global const float *weights, int weighted, float share, global float *dstudent,
    int accumulate) {
  const int place = get_global_id(0);
  if (place >= places) return;
  const float w = weighted ? weights[place % rows] : 1.0f;
  const float s = student[place], z = teacher[place % given];
  const float v = share * w * (1.0f / (1.0f + exp(-s)) - 1.0f / (1.0f + exp(-z)));
  dstudent[place] = accumulate ? dstudent[place] + v : v;
}
