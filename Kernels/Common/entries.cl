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

// As load4 to load16 and store4 to store16.
static ushort4 take4(global const ushort *p, int n) {
  if (n >= 4) return vload4(0, p);
  return (ushort4)(n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0);
}

static void put4(ushort4 v, global ushort *p, int n) {
  if (n >= 4) {
    vstore4(v, 0, p);
    return;
  }
  if (n > 0) p[0] = v.x;
  if (n > 1) p[1] = v.y;
  if (n > 2) p[2] = v.z;
}

static ushort8 take8(global const ushort *p, int n) {
  if (n >= 8) return vload8(0, p);
  return n < 4 ? (ushort8)(take4(p, n), (ushort4)(0)) : (ushort8)(vload4(0, p), take4(p + 4, n - 4));
}

static void put8(ushort8 v, global ushort *p, int n) {
  if (n >= 8) {
    vstore8(v, 0, p);
  } else if (n < 4) {
    put4(v.lo, p, n);
  } else {
    vstore4(v.lo, 0, p);
    put4(v.hi, p + 4, n - 4);
  }
}

static ushort16 take16(global const ushort *p, int n) {
  if (n >= 16) return vload16(0, p);
  return n < 8 ? (ushort16)(take8(p, n), (ushort8)(0)) : (ushort16)(vload8(0, p), take8(p + 8, n - 8));
}

static void put16(ushort16 v, global ushort *p, int n) {
  if (n >= 16) {
    vstore16(v, 0, p);
  } else if (n < 8) {
    put8(v.lo, p, n);
  } else {
    vstore8(v.lo, 0, p);
    put8(v.hi, p + 8, n - 8);
  }
}

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
