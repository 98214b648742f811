#include "entries.cl"

// What an optimizer's step on a vector of numbers works on. The steps themselves are written in the optimizers'
// own files on the host, which makes optimizers.cl of those that a program is for: there,
//
//   states(rule)                    how many numbers of state a weight has beside it,
//   is_rowwise(rule)                whether a row has one too,
//   row_factor(rule, mean, number)  for these the step of that number by the mean of the row's g²,
//   optimize(rule, g, x, factor)    the step of weights and the state beside them.

// An optimizer, its rate, the λ of the L2 that is added to gradients, its own numbers, and the key by which entries are
// rounded.
typedef struct {
  int kind;
  float rate, l2, numbers[8];
  uint key;
} Rule;

// Weights, and the optimizer's state beside them.
typedef struct {
  vec weight, state[STATES];
} Numbers;

// A parameter whose rows are updated; the state of rows stands behind that of weights.
typedef struct {
  int width;
  float scale;
  global entry *weight, *state[STATES];
} Table;

// The key of an array of state.
#define STATE_KEY(rule, i) ((rule).key + ((uint)(i) + 1) * 0x85EBCA6Bu)
