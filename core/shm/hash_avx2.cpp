// The same hash with vectors of 32 bytes. A file of its own, since the compiler may use AVX2 in all of
// it; so it includes nothing else, and has no inline function that the linker could give to others.
#include "core/shm/hash_avx2.hpp"

#if defined(__AVX2__)
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ringside {

std::uint64_t hash64_avx2(const void* bytes, std::size_t n_bytes) noexcept {
  return XXH3_64bits(bytes, n_bytes);
}

}  // namespace ringside
#endif
