#pragma once

// How many of a row's slots from `first` to `last` have an id.
static int present(int first, int last, global const int *ids) {
  int count = 0;
  for (int s = first; s < last; ++s) count += ids[s] >= 0;
  return count;
}
