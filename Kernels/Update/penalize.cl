#include "update_place.cl"

// L2.

// gradient += λ · weight
kernel void penalize(
    int rows, int width, int touched, global const int *distinct, global const int *ids,
    float lambda, global const entry *weight, global float *gradient) {
  PLACE
  store(fma((vec)(lambda), load_entries(weight + w, n), load(gradient + g, n)), gradient + g, n);
}
