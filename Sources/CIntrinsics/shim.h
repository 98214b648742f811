#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__linux__)
#include <malloc.h>
#endif

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#include <stdint.h>
#include <string.h>

/// Which of 16 bytes equal one: a bit for each, the first byte's lowest.
static inline uint32_t matching_bytes(const uint8_t *bytes, uint8_t byte) {
#if defined(__SSE2__)
  return _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)bytes), _mm_set1_epi8((char)byte)));
#else
  uint32_t bits = 0;
  for (int half = 0; half < 2; half++) {
    uint64_t word;
    memcpy(&word, bytes + 8 * half, 8);
    word ^= byte * 0x0101010101010101u;
    // A byte that is not 0 gets its high bit from the addition or has it already; nothing carries.
    const uint64_t low = 0x7F7F7F7F7F7F7F7Fu, equal = ~(((word & low) + low) | word | low);
    bits |= (uint32_t)(((equal >> 7) * 0x0102040810204080u) >> 56) << 8 * half;
  }
  return bits;
#endif
}

/// Asks for the cache line of an address, which need not be a valid one, before it is read.
static inline void prefetch_line(const void *address) { __builtin_prefetch(address); }

/// Gives memory that was freed back to the system.
static inline void return_free_memory(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

/// What the processor has for products in bfloat16: 0 nothing, 1 dot products of vectors (AVX512_BF16), 2
/// products of tiles (AMX) as well. Linux lets a process use tiles that has asked for them, once, as this
/// does.
static inline int allow_bfloat16_instructions(void) {
#if defined(__x86_64__) && defined(__linux__)
  unsigned a, b, c, d;
  const unsigned dots = 1u << 5, tiles = 1u << 22 | 1u << 24;
  const long request_permission = 0x1023, tile_data = 18;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & tiles) == tiles &&
      syscall(SYS_arch_prctl, request_permission, tile_data) == 0)
    return 2;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & dots)) return 1;
#endif
  return 0;
}
