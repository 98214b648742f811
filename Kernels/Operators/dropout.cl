#include "philox.cl"
#include "epilogue.cl"

// The mask of a layer's dropout, [rows × mask_words(width)], see epilogue.cl. A Philox block is one
// bit of the random bytes of 128 elements, the most significant first; bits that no longer decide
// are not drawn. One work-item a block of 4 rows.
kernel void dropout_mask(int rows, int width, Epilogue e, global uint *mask) {
  const int blocks = mask_words(width) / 4;
  const int item = get_global_id(0), first = item / blocks * 4, block = item % blocks;
  if (first >= rows) return;
  uint4 below[4] = {0, 0, 0, 0};
  int plane = 7;
  while (plane > 0 && ((e.threshold >> (7 - plane)) & 1) == 0) --plane;
  for (; plane >= 0; --plane) {
    uint4 bits[4] = {
        (uint)first + (uint4)(0, 1, 2, 3), (uint)(block * 8 + plane), e.step, e.layer};
    philox4(bits, (uint2)(e.seed_low, e.seed_high));
    const uint4 wanted = (e.threshold >> (7 - plane)) & 1 ? ~0u : 0u;
    for (int i = 0; i < 4; ++i) {
      below[i] = (wanted & (~bits[i] | below[i])) | (~wanted & ~bits[i] & below[i]);
    }
  }
  uint words[4][4];
  for (int i = 0; i < 4; ++i) vstore4(~below[i], 0, words[i]);
  for (int row = first; row < min(first + 4, rows); ++row) {
    global uint *to = mask + ((size_t)row * blocks + block) * 4;
    for (int i = 0; i < 4; ++i) to[i] = words[i][row - first];
  }
}
