#pragma once
// Liveness: whether a peer is still there, decided by the bytes that move.
//
// A ping that is after megabytes in the socket is answered late, and a peer that reads slowly is alive. One that
// accepts nothing is dead, whether it is pinged or not. So bytes that the peer's system acknowledges are a sign of life as
// long as some wait; a pong is asked for once all have been acknowledged, the ping among them.
//
// Threads: the lws service thread only. Cost: a few words for each connection; no system call of its own.

#include <chrono>
#include <cstdint>

#include "core/base/time.hpp"

namespace ringside {

// How far a connection has got, from the kernel.
struct SendProgress {
  std::uint64_t acknowledged = 0;  // bytes since the begin of the connection
  bool pending = false;  // some are not acknowledged yet, or not even handed to the kernel
};

// Of a socket. Cost: two system calls.
[[nodiscard]] SendProgress send_progress_of(int fd) noexcept;

class Liveness {
 public:
  void start(MonoTime now) noexcept { last_sign_ = now; }

  // The next ping is sent when this one is answered: the acknowledgement of each further one would be a sign of life, and
  // it is one of the peer's system, not of the peer.
  void on_ping(MonoTime now) noexcept {
    awaits_pong_ = true;
    last_sign_ = now;
  }
  [[nodiscard]] bool awaits_pong() const noexcept { return awaits_pong_; }
  void on_received() noexcept { awaits_pong_ = false; }

  // False when nothing has moved for `patience` although something had to.
  [[nodiscard]] bool is_alive(MonoTime now, const SendProgress& progress,
                              std::chrono::nanoseconds patience) noexcept {
    if (progress.acknowledged != acknowledged_ || (!progress.pending && !awaits_pong_)) {
      acknowledged_ = progress.acknowledged;
      // With nothing left to send, an acknowledgement is the one of the ping: its pong has the full time from here on.
      last_sign_ = now;
      return true;
    }
    return now - last_sign_ < patience;
  }

 private:
  MonoTime last_sign_{};
  std::uint64_t acknowledged_ = 0;
  bool awaits_pong_ = false;
};

}  // namespace ringside
