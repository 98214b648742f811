// All of it inline: a value's hash must not cost a call, and nothing needs to be linked. The header
// renames its functions then, which is why they are named here.
#define XXH_INLINE_ALL
#include <xxhash.h>

typedef XXH64_state_t xxh64_state;

static inline uint64_t xxh64(const void *start, size_t count, uint64_t seed) {
  return XXH64(start, count, seed);
}
static inline void xxh64_reset(xxh64_state *state, uint64_t seed) { XXH64_reset(state, seed); }
static inline void xxh64_update(xxh64_state *state, const void *start, size_t count) {
  XXH64_update(state, start, count);
}
static inline uint64_t xxh64_digest(const xxh64_state *state) { return XXH64_digest(state); }
