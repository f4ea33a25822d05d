#pragma once
// Hashes of the names that identity providers hand out: users and token ids.

#include <cstdint>
#include <string_view>

namespace ringside::control {

// The key of a hash. A random key makes the hashes of chosen names unpredictable.
struct HashKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// The first 64 bits of SHA-256 over the key and `name`; never 0 or 1, which have a meaning of their
// own in tables. Equal keys and names give equal hashes in every process and on every machine.
//   Threads: any. Cost: about 200 ns for a short name; allocates.
[[nodiscard]] std::uint64_t identity_hash(const HashKey& key, std::string_view name) noexcept;

}  // namespace ringside::control
