#pragma once
// What an input costs, and what it may cost.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::fuzz {

struct Cost {
  std::uint64_t steps = 0;
  std::uint64_t allowed = 0;
};

struct CostBound {
  std::uint64_t fixed;
  std::uint64_t per_byte;
  [[nodiscard]] constexpr std::uint64_t allowed(std::size_t n_bytes) const noexcept {
    return fixed + per_byte * n_bytes;
  }
};

// The fixed part is for what even a short input costs: an error in words, a first allocation.
inline constexpr CostBound kJsonBound{10'000, 500};
inline constexpr CostBound kRedactionBound{10'000, 4000};
inline constexpr CostBound kFilterBound{10'000, 50};

[[nodiscard]] Cost cost_of(std::string_view input);

}  // namespace ringside::fuzz
