// A histogram of latencies: log-linear buckets, at most 1.6 % wide, from 1 ns to hours.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace ringside::bench {

class Histogram {
 public:
  void add(std::uint64_t value) noexcept { ++counts_[index_of(value)]; }
  void clear() noexcept { counts_.fill(0); }

  [[nodiscard]] std::uint64_t count() const noexcept;

  // The value that a `quantile` (0 to 1) of all that were added do not exceed.
  //   Returns: the upper edge of its bucket, in the unit that was added; 0 when empty.
  [[nodiscard]] std::uint64_t at(double quantile) const noexcept;

 private:
  static constexpr unsigned kSubBits = 6;
  static constexpr std::size_t kBuckets = (64 - kSubBits + 1) << kSubBits;

  static std::size_t index_of(std::uint64_t value) noexcept {
    if (value < (1U << kSubBits)) {
      return value;
    }
    const unsigned shift = 63U - static_cast<unsigned>(std::countl_zero(value)) - kSubBits;
    return ((static_cast<std::size_t>(shift) + 1) << kSubBits) +
           ((value >> shift) & ((1U << kSubBits) - 1));
  }
  static std::uint64_t upper_edge(std::size_t index) noexcept;

  std::array<std::uint64_t, kBuckets> counts_{};
};

}  // namespace ringside::bench
