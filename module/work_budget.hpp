#pragma once
// WorkBudget: the CPU time that a piece of work may use before it returns to the loop. Everything that walks the ring or
// evaluates filters spends from one: live delivery, replays, tail, debug steps, snapshots of series.
//
// Threads: the lws service thread only (it reads that thread's CPU clock).

#include <chrono>

#include "core/base/time.hpp"

namespace ringside {

class WorkBudget {
 public:
  // How much work passes between two readings of the clock. One unit is about 50 ns: one record whose type decides.
  static constexpr unsigned kUnitsPerReading = 64;
  // Costs of common work, in units.
  static constexpr unsigned kTypeOnly = 1;
  static constexpr unsigned kMatched = 2;  // a filter on a record that is parsed already
  static constexpr unsigned kParsed = 16;  // a record that is parsed for a filter
  static constexpr unsigned kCostly =
      kUnitsPerReading;  // a search, or a write to a socket: read the clock each time
  static constexpr std::size_t kBytesPerUnit = 256;  // of the text of a record that is parsed

  WorkBudget(const Clock& clock, std::chrono::nanoseconds limit) noexcept
      : clock_(clock), limit_(limit), start_(clock.thread_cpu()) {}
  WorkBudget(const WorkBudget&) = delete;
  WorkBudget& operator=(const WorkBudget&) = delete;

  // Charges `units`. Returns whether any budget is left; once it is not, it stays so.
  bool spend(unsigned units = 1) noexcept {
    units_ += units;
    if (units_ >= kUnitsPerReading) {
      units_ = 0;
      exhausted_ = exhausted_ || used() >= limit_;
    }
    return !exhausted_;
  }
  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }
  // CPU time since the budget was made.  Cost: a reading of the clock.
  [[nodiscard]] std::chrono::nanoseconds used() const noexcept {
    return clock_.thread_cpu() - start_;
  }

 private:
  const Clock& clock_;
  std::chrono::nanoseconds limit_;
  std::chrono::nanoseconds start_;
  unsigned units_ = 0;
  bool exhausted_ = false;
};

}  // namespace ringside
