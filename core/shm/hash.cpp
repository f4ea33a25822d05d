// libxxhash is inlined into this file: records are short, and a call through the PLT for each would
// cost as much as the hash. XXH3 is stable since 0.8.0, so the value may be in files. Texts of more than
// 240 bytes are hashed in stripes, twice as fast with AVX2.
#include "core/shm/hash.hpp"

#include "core/shm/hash_avx2.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ringside {

static_assert(XXH_VERSION_NUMBER >= 800, "XXH3's output is stable only from 0.8.0 on");

std::uint64_t hash64(const void* bytes, std::size_t n_bytes) noexcept {
#if defined(RINGSIDE_HAS_AVX2_FILE)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (n_bytes > XXH3_MIDSIZE_MAX && has_avx2) {
    return hash64_avx2(bytes, n_bytes);
  }
#endif
  return XXH3_64bits(bytes, n_bytes);
}

}  // namespace ringside
