#pragma once

// What kernels work with: vectors of LANES floats (as wide as the registers of a CPU, 4 on a GPU),
// and sums over chunks of CHUNK rows, whose fixed shape makes a result the same every time.

#define CHUNK 64

// For what stands in an inner loop and takes structs of vectors: by a call they would go through memory.
#define INLINE static inline __attribute__((always_inline))

#define JOINED(a, b) a##b
#define JOIN(a, b) JOINED(a, b)

typedef JOIN(float, LANES) vec;
typedef JOIN(uint, LANES) uvec;
typedef JOIN(int, LANES) ivec;

// Stands before a loop of one work-item over many numbers from memory: where no cache foresees them, several
// are under way at once.
#if LANES == 4
#define SEVERAL _Pragma("unroll 8")
#else
#define SEVERAL
#endif

// The number of each lane.
#if LANES == 16
#define LANE (ivec)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#elif LANES == 8
#define LANE (ivec)(0, 1, 2, 3, 4, 5, 6, 7)
#else
#define LANE (ivec)(0, 1, 2, 3)
#endif

#define LOAD(p) JOIN(vload, LANES)(0, p)
#define STORE(v, p) JOIN(vstore, LANES)(v, 0, p)

// load: the first n floats at p, and 0 in the lanes behind them. store: the first n lanes to p.
// Neither touches what lies behind; halving keeps the lanes in registers.
#define HALVED(type, load, store, width, half) \
  static JOIN(type, width) JOIN(load, width)(global const type *p, int n) { \
    if (n >= width) return JOIN(vload, width)(0, p); \
    return n < half ? (JOIN(type, width))(JOIN(load, half)(p, n), (JOIN(type, half))(0)) \
                    : (JOIN(type, width))(JOIN(vload, half)(0, p), JOIN(load, half)(p + half, n - half)); \
  } \
  static void JOIN(store, width)(JOIN(type, width) v, global type *p, int n) { \
    if (n >= width) { \
      JOIN(vstore, width)(v, 0, p); \
    } else if (n < half) { \
      JOIN(store, half)(v.lo, p, n); \
    } else { \
      JOIN(vstore, half)(v.lo, 0, p); \
      JOIN(store, half)(v.hi, p + half, n - half); \
    } \
  }

// Defines them for 4, 8 and 16 numbers of a type.
#define LOADS_AND_STORES(type, load, store) \
  static JOIN(type, 2) JOIN(load, 2)(global const type *p, int n) { \
    return (JOIN(type, 2))(n > 0 ? p[0] : 0, n > 1 ? p[1] : 0); \
  } \
  static void JOIN(store, 2)(JOIN(type, 2) v, global type *p, int n) { \
    if (n > 0) p[0] = v.x; \
    if (n > 1) p[1] = v.y; \
  } \
  HALVED(type, load, store, 4, 2) \
  HALVED(type, load, store, 8, 4) \
  HALVED(type, load, store, 16, 8)

LOADS_AND_STORES(float, load, store)

#define load JOIN(load, LANES)
#define store JOIN(store, LANES)

// The sum of all lanes, as a tree.
static float total(vec v) {
  float lanes[LANES];
  STORE(v, lanes);
  for (int side = LANES / 2; side > 0; side /= 2) {
    for (int i = 0; i < side; ++i) lanes[i] += lanes[i + side];
  }
  return lanes[0];
}

// Σ x² over `count` floats, vector by vector: the same wherever it is computed.
static float squared_norm(int count, global const float *x) {
  const int whole = count / LANES * LANES;
  vec sum = 0.0f;
  SEVERAL
  for (int i = 0; i < whole; i += LANES) {
    const vec v = LOAD(x + i);
    sum = fma(v, v, sum);
  }
  const vec v = load(x + whole, count - whole);
  return total(fma(v, v, sum));
}

// Asks for the memory at p, which the work-item will read soon, where a compiler knows how.
#if LANES >= 8 && defined(__has_builtin)
#if __has_builtin(__builtin_prefetch)
#define PREFETCH(p) __builtin_prefetch((const void *)(size_t)(p))
#endif
#endif
#ifndef PREFETCH
#define PREFETCH(p)
#endif

// The first n lanes of a, and those of b behind them.
static vec first_lanes(vec a, vec b, int n) {
  return LANE < (ivec)(n) ? a : b;
}

// As load, by a whole vector and without a branch: where floats lie behind these that no work-item writes.
static vec load_whole(global const float *p, int n) {
  return first_lanes(LOAD(p), (vec)(0.0f), n);
}

// Defines a function that exchanges the rows and columns of as many vectors as each has lanes: each round
// interleaves the vectors of the two halves.
#define TRANSPOSE(name, vector, count) \
  INLINE void name(vector v[count]) { \
    _Pragma("unroll") for (int round = 1; round < count; round *= 2) { \
      vector w[count]; \
      _Pragma("unroll") for (int i = 0; i < count / 2; ++i) { \
        w[2 * i].even = v[i].lo; \
        w[2 * i].odd = v[i + count / 2].lo; \
        w[2 * i + 1].even = v[i].hi; \
        w[2 * i + 1].odd = v[i + count / 2].hi; \
      } \
      _Pragma("unroll") for (int i = 0; i < count; ++i) v[i] = w[i]; \
    } \
  }

TRANSPOSE(transpose, vec, LANES)

// How many vectors cover a row of `width` floats.
static int vectors(int width) { return (width + LANES - 1) / LANES; }
