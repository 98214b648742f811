// Updates of parameters, [rows × width]: of all rows (as one long row), or of the rows of some ids.
// One work-item a vector of a row.

// Where the work-item's numbers lie: `g` in the gradient, `w` in the parameter; n of them.
#define PLACE \
  const int item = get_global_id(0), row = item / vectors(width); \
  const int column = item % vectors(width) * LANES, n = width - column; \
  if (row >= rows) return; \
  const size_t g = (size_t)row * width + column; \
  const size_t w = (size_t)(touched ? ids[row] : row) * width + column;

// gradient += λ · weight
kernel void penalize(
    int rows, int width, int touched, global const int *ids, float lambda,
    global const float *weight, global float *gradient) {
  PLACE
  store(fma((vec)(lambda), load(weight + w, n), load(gradient + g, n)), gradient + g, n);
}

kernel void sgd(
    int rows, int width, int touched, global const int *ids, global const float *scale,
    global const float *gradient, global float *weight, float rate) {
  PLACE
  const vec d = load(gradient + g, n) * scale[0];
  store(load(weight + w, n) - rate * d, weight + w, n);
}

kernel void adagrad(
    int rows, int width, int touched, global const int *ids, global const float *scale,
    global const float *gradient, global float *weight, float rate, global float *squares,
    float epsilon) {
  PLACE
  const vec d = load(gradient + g, n) * scale[0];
  const vec sum = fma(d, d, load(squares + w, n));
  store(sum, squares + w, n);
  store(load(weight + w, n) - rate * d / (sqrt(sum) + epsilon), weight + w, n);
}

// `correction1` and `correction2` are 1/(1 − β₁ᵗ) and 1/(1 − β₂ᵗ).
kernel void adam(
    int rows, int width, int touched, global const int *ids, global const float *scale,
    global const float *gradient, global float *weight, float rate, global float *first,
    global float *second, float beta1, float beta2, float epsilon, float correction1,
    float correction2) {
  PLACE
  const vec d = load(gradient + g, n) * scale[0];
  const vec m = beta1 * load(first + w, n) + (1.0f - beta1) * d;
  const vec v = beta2 * load(second + w, n) + (1.0f - beta2) * d * d;
  store(m, first + w, n);
  store(v, second + w, n);
  const vec step = (m * correction1) / (sqrt(v * correction2) + epsilon);
  store(load(weight + w, n) - rate * step, weight + w, n);
}

kernel void ftrl(
    int rows, int width, int touched, global const int *ids, global const float *scale,
    global const float *gradient, global float *weight, float rate, global float *linear,
    global float *squares, float beta, float l1, float l2) {
  PLACE
  const vec d = load(gradient + g, n) * scale[0];
  const vec old = load(squares + w, n), sum = fma(d, d, old), root = sqrt(sum);
  // (√(n+g²) − √n)/η without cancellation: g² over the roots' sum.
  const vec roots = root + sqrt(old);
  const vec sigma = roots > 0.0f ? d * d / (roots * rate) : (vec)(0.0f);
  const vec z = load(linear + w, n) + d - sigma * load(weight + w, n);
  store(sum, squares + w, n);
  store(z, linear + w, n);
  const vec solved = -(z - copysign((vec)(l1), z)) / ((beta + root) / rate + l2);
  store(fabs(z) <= l1 ? (vec)(0.0f) : solved, weight + w, n);
}
