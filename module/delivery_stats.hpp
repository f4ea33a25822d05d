#pragma once
// DeliveryStats: the counters that change with each delivery, gathered in private memory and written to the control
// segment once a turn: an atomic in shared memory costs more than the rest of the counting.
//
// Threads: the lws service thread only.

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/time.hpp"
#include "core/control/control_segment.hpp"

namespace ringside {

struct Chunk;

class DeliveryStats {
 public:
  // A chunk went to one client.
  void count_chunk(const Chunk& chunk) noexcept;
  // `n_events` of a live stream were sent, the oldest of them `lag` after it was received.
  void count_lag(std::chrono::nanoseconds lag, std::uint64_t n_events) noexcept;
  // Adds what was gathered to `control` (may be null: it is kept) and starts again.
  void flush(ControlSegment* control) noexcept;

 private:
  static constexpr std::size_t kLagBuckets = 9;
  struct Counts {
    std::uint64_t n_events = 0;
    std::uint64_t n_frames = 0;
    std::uint64_t n_bytes = 0;
    std::uint64_t n_writes = 0;
    std::uint64_t lag_sum_us = 0;
    std::array<std::uint64_t, kLagBuckets> n_lag{};
  };
  Counts counts_;
};

}  // namespace ringside
