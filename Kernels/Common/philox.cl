// Philox4x32-10 (Salmon et al., SC11): random words as a pure function of counter and key.
// The same function stands in Sources/Random/Philox.swift; a test compares the two.

// Four blocks at once: the i-th words of all in `words[i]`. Words travel in the lower halves of 64
// bits, where a processor's widening product wants them; the upper halves are never read.
static void philox4(uint4 words[4], uint2 k) {
  const ulong low = 0xFFFFFFFFul;
  ulong4 x = convert_ulong4(words[0]), y = convert_ulong4(words[1]);
  ulong4 z = convert_ulong4(words[2]), w = convert_ulong4(words[3]);
  for (int round = 0; round < 10; ++round) {
    const ulong4 product0 = (x & low) * 0xD2511F53ul, product1 = (z & low) * 0xCD9E8D57ul;
    x = product1 >> 32 ^ y ^ k.x;
    y = product1;
    z = product0 >> 32 ^ w ^ k.y;
    w = product0;
    k += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  words[0] = convert_uint4(x);
  words[1] = convert_uint4(y);
  words[2] = convert_uint4(z);
  words[3] = convert_uint4(w);
}
