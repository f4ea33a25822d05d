#pragma once
// XXH3-64: the checksum of ring records and the key of tables in the control segment. Not a
// cryptographic hash: it finds damage, not forgery.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside {

[[nodiscard]] std::uint64_t hash64(const void* bytes, std::size_t n_bytes) noexcept;
[[nodiscard]] inline std::uint64_t hash64(std::string_view text) noexcept {
  return hash64(text.data(), text.size());
}

}  // namespace ringside
