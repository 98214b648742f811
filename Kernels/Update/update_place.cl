#include "entries.cl"

// Updates of parameters, [rows × width]: of all rows (as one long row), or, of a table, of the rows of the
// batch's distinct ids. One work-item a vector of a row.

// Where the work-item's numbers lie: `g` in the gradient, `w` in the parameter; n of them.
#define PLACE \
  const int item = get_global_id(0), row = item / vectors(width); \
  const int column = item % vectors(width) * LANES, n = width - column; \
  if (row >= (touched ? distinct[0] : rows)) return; \
  const size_t g = (size_t)row * width + column; \
  const size_t w = (size_t)(touched ? ids[row] : row) * width + column;
