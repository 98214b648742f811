#include "entries.cl"
#include "team.cl"

// Entries where neighbours read neighbours, as pair and quad.

#ifndef ROUNDED_ENTRIES
#define pair_entries(p, even) pair(p, even)
#define quad_entries(p, n, grain) quad(p, n, grain)
#define put_quad_entries(v, p, n, grain, key, at) put_quad(v, p, n, grain)
#else
static float2 pair_entries(global const entry *p, int even) {
  const uint2 bits = even ? convert_uint2(*(global const ushort2 *)p) : (uint2)(p[0], 0);
  return as_float2(bits << 16);
}

static float4 quad_entries(global const entry *p, int n, int grain) {
  if (grain == 2) return widened(*(global const ushort4 *)p);
  if (grain == 1) return (float4)(pair_entries(p, 1), n > 2 ? pair_entries(p + 2, 1) : (float2)(0.0f));
  return load_entries(p, n);
}

static void put_quad_entries(float4 v, global entry *p, int n, int grain, uint key, size_t at) {
  const ushort4 bits = rounded(v, key, at);
  if (grain == 2) {
    *(global ushort4 *)p = bits;
  } else if (grain == 1) {
    *(global ushort2 *)p = bits.lo;
    if (n > 2) *(global ushort2 *)(p + 2) = bits.hi;
  } else {
    put4(bits, p, n);
  }
}
#endif
