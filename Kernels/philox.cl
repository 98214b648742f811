// Philox4x32-10 (Salmon et al., SC11): random words as a pure function of counter and key.
// The same function stands in Sources/Random/Philox.swift; a test compares the two.

static uint4 philox(uint4 c, uint2 k) {
  for (int round = 0; round < 10; ++round) {
    const uint hi0 = mul_hi(0xD2511F53u, c.x), lo0 = 0xD2511F53u * c.x;
    const uint hi1 = mul_hi(0xCD9E8D57u, c.z), lo1 = 0xCD9E8D57u * c.z;
    c = (uint4)(hi1 ^ c.y ^ k.x, lo1, hi0 ^ c.w ^ k.y, lo0);
    k += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

// Four blocks at once: the i-th words of all in `words[i]`.
static void philox4(uint4 words[4], uint2 k) {
  for (int round = 0; round < 10; ++round) {
    const ulong4 product0 = convert_ulong4(words[0]) * 0xD2511F53ul;
    const ulong4 product1 = convert_ulong4(words[2]) * 0xCD9E8D57ul;
    words[0] = convert_uint4(product1 >> 32) ^ words[1] ^ k.x;
    words[1] = convert_uint4(product1);
    words[2] = convert_uint4(product0 >> 32) ^ words[3] ^ k.y;
    words[3] = convert_uint4(product0);
    k += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
}
