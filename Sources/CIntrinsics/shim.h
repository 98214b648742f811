/// Asks for the cache line of an address, which need not be a valid one, before it is read.
static inline void prefetch_line(const void *address) { __builtin_prefetch(address); }
