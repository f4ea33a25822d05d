// Adding is a shift and an increment because it happens once for each delivery; everything else
// happens once a run.
#include "bench/src/histogram.hpp"

#include <numeric>

namespace ringside::bench {

std::uint64_t Histogram::count() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t Histogram::upper_edge(std::size_t index) noexcept {
  const std::size_t group = index >> kSubBits;
  const std::uint64_t sub = index & ((1U << kSubBits) - 1);
  if (group == 0) {
    return sub;
  }
  const auto shift = static_cast<unsigned>(group - 1);
  return (((sub + (1ULL << kSubBits)) + 1) << shift) - 1;
}

std::uint64_t Histogram::at(double quantile) const noexcept {
  const std::uint64_t total = count();
  const double wanted = quantile * static_cast<double>(total);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen != 0 && static_cast<double>(seen) >= wanted) {
      return upper_edge(i);
    }
  }
  return 0;
}

}  // namespace ringside::bench
