#pragma once

// Integers in vectors of four, as they are loaded and stored at once: whole ones begin at multiples of four.

// The first n integers at p, a multiple of four, and `other` behind them.
static int4 four(global const int *p, int n, int other) {
  if (n >= 4) return *(global const int4 *)p;
  return (int4)(n > 0 ? p[0] : other, n > 1 ? p[1] : other, n > 2 ? p[2] : other, other);
}

static void put_four(int4 v, global int *p, int n) {
  if (n >= 4) {
    *(global int4 *)p = v;
    return;
  }
  if (n > 0) p[0] = v.x;
  if (n > 1) p[1] = v.y;
  if (n > 2) p[2] = v.z;
}

// Four integers that begin behind the first `shift` of a, of whole vectors that follow each other.
static int4 four_of(int4 a, int4 b, int shift) {
  return shift == 0 ? a : shift == 1 ? (int4)(a.yzw, b.x) : shift == 2 ? (int4)(a.zw, b.xy) : (int4)(a.w, b.xyz);
}

// The four integers from place `at` of p on, wherever that is, of which n are asked for; what is behind those may be
// anything.
static int4 four_at(global const int *p, size_t at, int n) {
  global const int4 *whole = (global const int4 *)p + at / 4;
  const int shift = at % 4;
  const int4 a = whole[0];
  return four_of(a, shift + min(n, 4) > 4 ? whole[1] : a, shift);
}
