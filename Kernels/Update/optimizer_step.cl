#include "vector.cl"

// A step of an optimizer on a vector of numbers: what the updates of `optimizer.cl` and `owned.cl` share.

enum { SGD, ADAGRAD, ROWWISE_ADAGRAD, ADAM, FTRL };

// An optimizer, its rate, the λ of L2, and its own numbers: ε of the Adagrads; β₁, β₂, ε, 1/(1 − β₁ᵗ) and
// 1/(1 − β₂ᵗ) of Adam; β, λ₁ and λ₂ of FTRL.
typedef struct {
  int kind;
  float rate, l2, a, b, c, d, e;
} Rule;

// Weights, and the optimizer's state beside them: Σg²; m and v; or z and n.
typedef struct {
  vec weight, first, second;
} Numbers;

// How many numbers of state a weight has. Row-wise Adagrad's are not beside the weights.
static int states(Rule rule) {
  return rule.kind == ADAGRAD ? 1 : rule.kind == ADAM || rule.kind == FTRL ? 2 : 0;
}

INLINE Numbers step(Rule rule, vec g, Numbers x) {
  switch (rule.kind) {
    case SGD:
      x.weight -= rule.rate * g;
      break;
    case ADAGRAD:
      x.first = fma(g, g, x.first);
      x.weight -= rule.rate * g / (sqrt(x.first) + rule.a);
      break;
    case ADAM: {
      x.first = rule.a * x.first + (1.0f - rule.a) * g;
      x.second = rule.b * x.second + (1.0f - rule.b) * g * g;
      x.weight -= rule.rate * ((x.first * rule.d) / (sqrt(x.second * rule.e) + rule.c));
      break;
    }
    case FTRL: {
      const vec old = x.second, sum = fma(g, g, old), root = sqrt(sum);
      // (√(n+g²) − √n)/η without cancellation: g² over the roots' sum.
      const vec roots = root + sqrt(old);
      const vec sigma = roots > 0.0f ? g * g / (roots * rule.rate) : (vec)(0.0f);
      const vec z = x.first + g - sigma * x.weight;
      const vec solved = -(z - copysign((vec)(rule.b), z)) / ((rule.a + root) / rule.rate + rule.c);
      x.first = z;
      x.second = sum;
      x.weight = fabs(z) <= rule.b ? (vec)(0.0f) : solved;
      break;
    }
  }
  return x;
}
