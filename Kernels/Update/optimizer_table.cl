#include "optimizers.cl"

// Numbers of a parameter and of its optimizer's state.

// The first n numbers from the place `at` on, and of the state as many as there are.
INLINE Numbers load_numbers(Table t, size_t at, int n, Rule rule) {
  Numbers x;
  x.weight = load_entries(t.weight + at, n);
#pragma unroll
  for (int i = 0; i < STATES; ++i) {
    x.state[i] = i < states(rule) ? load_entries(t.state[i] + at, n) : (vec)(0.0f);
  }
  return x;
}

INLINE void store_numbers(Numbers x, Table t, size_t at, int n, Rule rule) {
  store_entries(x.weight, t.weight + at, n, rule.key, at);
#pragma unroll
  for (int i = 0; i < STATES; ++i) {
    if (i < states(rule)) store_entries(x.state[i], t.state[i] + at, n, STATE_KEY(rule, i), at);
  }
}

// The number of a row, a float in any table.
INLINE global float *row_number(Table t, size_t row, Rule rule) {
  return (global float *)t.state[states(rule)] + row;
}
