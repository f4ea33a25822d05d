#pragma once
// CpuAccount: a user's share of this process' one thread. It fills at kShare of real time, up to kBurst, and is charged
// for costly filters and for the messages of the user's connections. Who has overdrawn it is served after everyone else.
//
// Threads: the lws service thread only.

#include <algorithm>
#include <chrono>

#include "core/base/time.hpp"

namespace ringside {

class CpuAccount {
 public:
  static constexpr double kShare = 0.1;
  static constexpr std::chrono::nanoseconds kBurst = std::chrono::milliseconds(100);

  explicit CpuAccount(MonoTime now) noexcept : filled_at_(now) {}

  void charge(std::chrono::nanoseconds cpu) noexcept { balance_ -= cpu; }
  [[nodiscard]] bool overdrawn(MonoTime now) noexcept {
    fill(now);
    return balance_.count() < 0;
  }
  // How long until it is no longer overdrawn if nothing more is charged.
  [[nodiscard]] std::chrono::nanoseconds until_positive(MonoTime now) noexcept {
    fill(now);
    return balance_.count() >= 0 ? std::chrono::nanoseconds(0)
                                 : std::chrono::nanoseconds(static_cast<std::int64_t>(
                                       static_cast<double>(-balance_.count()) / kShare));
  }

 private:
  void fill(MonoTime now) noexcept {
    const auto earned = static_cast<double>((now - filled_at_).count()) * kShare;
    filled_at_ = now;
    balance_ =
        std::min(kBurst, balance_ + std::chrono::nanoseconds(static_cast<std::int64_t>(earned)));
  }

  std::chrono::nanoseconds balance_ = kBurst;
  MonoTime filled_at_;
};

}  // namespace ringside
