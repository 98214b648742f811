#include "vector.cl"

// The numbers of tables and of their optimizers' state, as memory has them: floats, or, in programs that are compiled for
// such tables, bfloat16, the upper halves of floats. Kernels compute in floats in either case: they load entries, and
// store them rounded.
//
//   ENTRY(x)               the number that an entry is,
//   LOAD_ENTRIES(p)        as LOAD,
//   load_entries(p, n)     as load,
//   store_entries(v, p, n, key, at), store_entry(x, p, key, at)
//                          as store, for entries that are those from the place `at` on of a parameter or a state,
//   squared_entries(n, p)  as squared_norm.

#ifndef ROUNDED_ENTRIES
#define entry float
#define ENTRY(x) (x)
#define LOAD_ENTRIES(p) LOAD(p)
#define load_entries(p, n) load(p, n)
#define store_entries(v, p, n, key, at) store(v, p, n)
#define store_entry(x, p, key, at) (*(p) = (x))
#define squared_entries(n, p) squared_norm(n, p)
#else
#define entry ushort
typedef JOIN(ushort, LANES) entries;

// What is stored is one of the two neighbours of a number, the farther one from 0 as often as the number is far on the
// way to it: what many steps add is then on average what they would add to a float, be each of them far less than the
// distance of two neighbours. Which one these bits decide, a function of the place and of a key that is another one for
// each seed, step, parameter and array; Sources/Operators/Tables/StochasticRounding.swift has the same.
#define RANDOM_BITS(name, type) \
  static type name(type at, uint key) { \
    type x = at * 0x9E3779B1u + key; \
    x = (x ^ x >> 16) * 0x7FEB352Du; \
    x = (x ^ x >> 15) + key; \
    x = x * 0x846CA68Bu; \
    return x ^ x >> 16; \
  }

RANDOM_BITS(random_bits, uvec)
RANDOM_BITS(random_bits_of_one, uint)

// Infinity and what is no number stay what they are.
static entries rounded(vec v, uint key, size_t at) {
  const uvec bits = JOIN(as_uint, LANES)(v);
  const uvec random = random_bits((uint)at + JOIN(as_uint, LANES)(LANE), key);
  const uvec cut = (bits + (random >> 16)) >> 16, none = bits >> 16 | 0x40u;
  return JOIN(convert_ushort, LANES)(isnan(v) ? none : cut);
}

static vec widened(entries bits) {
  return JOIN(as_float, LANES)(JOIN(convert_uint, LANES)(bits) << 16);
}

#define ENTRY(x) as_float((uint)(x) << 16)
#define LOAD_ENTRIES(p) widened(LOAD(p))

LOADS_AND_STORES(ushort, take, put)

static vec load_entries(global const entry *p, int n) { return widened(JOIN(take, LANES)(p, n)); }

static void store_entries(vec v, global entry *p, int n, uint key, size_t at) {
  JOIN(put, LANES)(rounded(v, key, at), p, n);
}

static void store_entry(float x, global entry *p, uint key, size_t at) {
  const uint bits = as_uint(x), random = random_bits_of_one((uint)at, key);
  *p = (isnan(x) ? bits | 0x400000u : bits + (random >> 16)) >> 16;
}

static float squared_entries(int count, global const entry *x) {
  const int whole = count / LANES * LANES;
  vec sum = 0.0f;
  SEVERAL
  for (int i = 0; i < whole; i += LANES) {
    const vec v = LOAD_ENTRIES(x + i);
    sum = fma(v, v, sum);
  }
  const vec v = load_entries(x + whole, count - whole);
  return total(fma(v, v, sum));
}
#endif
