#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__linux__)
#include <malloc.h>
#endif

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
