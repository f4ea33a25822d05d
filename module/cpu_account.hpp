#pragma once
// CpuAccount: a share of this process' one thread. It fills at that share of real time, up to a burst, and is charged for
// work. Whoever has overdrawn it must wait.
//
// Threads: the lws service thread only.

#include <algorithm>
#include <chrono>

#include "core/base/time.hpp"

namespace ringside {

class CpuAccount {
 public:
  struct Terms {
    double share;  // of real time, over 0
    std::chrono::nanoseconds burst;
  };

  // Full at first.
  CpuAccount(Terms terms, MonoTime now) noexcept
      : terms_(terms), balance_(terms.burst), filled_at_(now) {}

  void charge(std::chrono::nanoseconds cpu) noexcept { balance_ -= cpu; }
  [[nodiscard]] bool overdrawn(MonoTime now) noexcept {
    fill(now);
    return balance_.count() < 0;
  }
  [[nodiscard]] bool full(MonoTime now) noexcept {
    fill(now);
    return balance_ == terms_.burst;
  }
  // How long until it is no longer overdrawn if nothing more is charged.
  [[nodiscard]] std::chrono::nanoseconds until_positive(MonoTime now) noexcept {
    fill(now);
    return balance_.count() >= 0 ? std::chrono::nanoseconds(0)
                                 : std::chrono::nanoseconds(static_cast<std::int64_t>(
                                       static_cast<double>(-balance_.count()) / terms_.share));
  }

 private:
  void fill(MonoTime now) noexcept {
    const auto earned = static_cast<double>((now - filled_at_).count()) * terms_.share;
    filled_at_ = now;
    balance_ = std::min(terms_.burst,
                        balance_ + std::chrono::nanoseconds(static_cast<std::int64_t>(earned)));
  }

  Terms terms_;
  std::chrono::nanoseconds balance_;
  MonoTime filled_at_;
};

}  // namespace ringside
