#pragma once
// A clock that stands still until a test moves it. Starts at 2025-09-26T10:00:00Z and one hour of
// uptime. Threads: any; both hands are atomic, though not moved as one.

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/base/time.hpp"

namespace ringside::test {

class ManualClock final : public Clock {
 public:
  static constexpr std::int64_t kStartWallNs = 1'758'880'800'000'000'000;
  static constexpr std::int64_t kStartMonoNs = 3'600'000'000'000;

  [[nodiscard]] WallTime wall_now() const noexcept override {
    return wall_from_ns(wall_ns_.load());
  }
  [[nodiscard]] MonoTime mono_now() const noexcept override {
    return MonoTime(std::chrono::nanoseconds(mono_ns_.load()));
  }

  // Each reading costs `cpu_per_reading`, so that budgets end after a known number of readings; 0: work is free.
  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const noexcept override {
    return std::chrono::nanoseconds(cpu_ns_.fetch_add(cpu_per_reading.count()));
  }
  std::chrono::nanoseconds cpu_per_reading{0};

  // Time passes: both hands move.
  void advance(std::chrono::nanoseconds by) noexcept {
    wall_ns_ += by.count();
    mono_ns_ += by.count();
  }
  // Somebody sets the machine's clock: only the wall time changes.
  void set_wall(WallTime t) noexcept { wall_ns_ = to_ns(t); }

 private:
  std::atomic<std::int64_t> wall_ns_{kStartWallNs};
  std::atomic<std::int64_t> mono_ns_{kStartMonoNs};
  mutable std::atomic<std::int64_t> cpu_ns_{0};
};

}  // namespace ringside::test
