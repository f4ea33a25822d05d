// libxxhash is inlined into this one file: records are short, and a call through the PLT for each
// would cost as much as the hash. XXH3 is stable since 0.8.0, so the value may be in files.
#include "core/shm/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ringside {

static_assert(XXH_VERSION_NUMBER >= 800, "XXH3's output is stable only from 0.8.0 on");

std::uint64_t hash64(const void* bytes, std::size_t n_bytes) noexcept {
  return XXH3_64bits(bytes, n_bytes);
}

}  // namespace ringside
