#include "team.cl"

// Sigmoid cross-entropy on logits z with labels t and sample weights w.

// dz = w·(σ(z) − t) / Σ w, and the sum of w·ℓ over each work-group's rows. One work-item a row after the other.
kernel TEAMS void cross_entropy(
    int rows, global const float *logits, global const float *labels, global const float *weights, int weighted,
    float inverse_weight, global float *dlogits, global float *sums) {
  local float room[GROUP];
  float sum = 0.0f;
  for (int row = get_global_id(0); row < rows; row += get_global_size(0)) {
    const float z = logits[row], t = labels[row], w = weighted ? weights[row] : 1.0f;
    const float small = exp(-fabs(z)), large = 1.0f / (1.0f + small);
    sum = fma(w, fmax(z, 0.0f) - z * t + log1p(small), sum);
    dlogits[row] = w * ((z < 0.0f ? small * large : large) - t) * inverse_weight;
  }
  sum = team_sum(sum, GROUP, room);
  if (get_local_id(0) == 0) sums[get_group_id(0)] = sum;
}

// loss[0] = the batch's loss; loss[1] += it. One work-group.
kernel TEAMS void add_loss(int count, global const float *sums, float inverse_weight, global float *loss) {
  local float room[GROUP];
  float sum = 0.0f;
  for (int i = get_local_id(0); i < count; i += GROUP) sum += sums[i];
  sum = team_sum(sum, GROUP, room);
  if (get_local_id(0) > 0) return;
  loss[0] = sum * inverse_weight;
  loss[1] += loss[0];
}
