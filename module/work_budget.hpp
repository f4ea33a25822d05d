#pragma once
// WorkBudget: the CPU time that a piece of work may use before it returns to the loop. Everything that walks the ring or
// evaluates filters spends from one: live delivery, replays, tail, debug steps, snapshots of series.
//
// Threads: the lws service thread only (it reads that thread's CPU clock).

#include <chrono>
#include <functional>

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

  // For work that may wait: how long it runs before it makes way for sockets, and between two looks at them.
  static constexpr std::chrono::nanoseconds kBetweenLooks = std::chrono::microseconds(40);

  // `makes_way`: asked every kBetweenLooks; the budget ends early when it returns true. May be null or empty; outlives the
  // budget.
  WorkBudget(const Clock& clock, std::chrono::nanoseconds limit,
             const std::function<bool()>* makes_way = nullptr) noexcept
      : clock_(clock),
        limit_(limit),
        makes_way_(makes_way != nullptr && *makes_way ? makes_way : nullptr),
        start_(clock.thread_cpu()) {}
  WorkBudget(const WorkBudget&) = delete;
  WorkBudget& operator=(const WorkBudget&) = delete;

  // Charges `units`. Returns whether any budget is left; once it is not, it stays so.
  bool spend(unsigned units = 1) noexcept {
    units_ += units;
    if (units_ >= kUnitsPerReading) {
      units_ = 0;
      look();
    }
    return !exhausted_;
  }
  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }
  [[nodiscard]] bool made_way() const noexcept { return made_way_; }
  // CPU time since the budget was made.  Cost: a reading of the clock.
  [[nodiscard]] std::chrono::nanoseconds used() const noexcept {
    return clock_.thread_cpu() - start_;
  }

 private:
  void look() noexcept {
    if (exhausted_) {
      return;
    }
    const std::chrono::nanoseconds now_used = used();
    exhausted_ = now_used >= limit_;
    if (!exhausted_ && makes_way_ != nullptr && now_used >= next_look_) {
      next_look_ = now_used + kBetweenLooks;
      exhausted_ = made_way_ = (*makes_way_)();
    }
  }

  const Clock& clock_;
  std::chrono::nanoseconds limit_;
  std::chrono::nanoseconds next_look_ = kBetweenLooks;
  const std::function<bool()>* makes_way_;
  std::chrono::nanoseconds start_;
  unsigned units_ = 0;
  bool exhausted_ = false;
  bool made_way_ = false;
};

}  // namespace ringside
