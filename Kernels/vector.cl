// What kernels work with: vectors of LANES floats (as wide as the registers of a CPU, 4 on a GPU),
// and sums over chunks of CHUNK rows, whose fixed shape makes a result the same every time.

#define CHUNK 64

#define JOINED(a, b) a##b
#define JOIN(a, b) JOINED(a, b)

typedef JOIN(float, LANES) vec;
typedef JOIN(uint, LANES) uvec;

#define LOAD(p) JOIN(vload, LANES)(0, p)
#define STORE(v, p) JOIN(vstore, LANES)(v, 0, p)

// The first n floats at p, and 0 in the lanes behind them: for sums over lanes, and for memory that
// other work-items write to at the same time.
static vec load(global const float *p, int n) {
  if (n >= LANES) return LOAD(p);
  float lanes[LANES];
  for (int i = 0; i < LANES; ++i) lanes[i] = i < n ? p[i] : 0.0f;
  return LOAD(lanes);
}

// Writes the first n lanes.
static void store(vec v, global float *p, int n) {
  if (n >= LANES) {
    STORE(v, p);
    return;
  }
  float lanes[LANES];
  STORE(v, lanes);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}

// The sum of all lanes, as a tree.
static float total(vec v) {
  float lanes[LANES];
  STORE(v, lanes);
  for (int side = LANES / 2; side > 0; side /= 2) {
    for (int i = 0; i < side; ++i) lanes[i] += lanes[i + side];
  }
  return lanes[0];
}

// How many vectors cover a row of `width` floats.
static int vectors(int width) { return (width + LANES - 1) / LANES; }
