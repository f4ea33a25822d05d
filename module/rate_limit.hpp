#pragma once
// Rates over windows of one second: what a client may send, and what it asked to be sent. Threads:
// the lws service thread.

#include <chrono>
#include <cstdint>

#include "core/base/time.hpp"

namespace ringside {

class RateWindow {
 public:
  static constexpr std::chrono::seconds kWindow{1};

  // Begins a new window when the last one has ended. Returns true when it did.
  bool roll(MonoTime now) noexcept {
    if (now - start_ < kWindow) {
      return false;
    }
    start_ = now;
    used_ = 0;
    return true;
  }
  void use(std::uint32_t n) noexcept { used_ += n; }
  [[nodiscard]] std::uint32_t used() const noexcept { return used_; }
  [[nodiscard]] MonoTime ends() const noexcept { return start_ + kWindow; }

 private:
  MonoTime start_{};
  std::uint32_t used_ = 0;
};

}  // namespace ringside
