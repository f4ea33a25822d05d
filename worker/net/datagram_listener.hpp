#pragma once
// DatagramListener: events.dgram. One event a datagram, newlines between its values allowed, nobody
// answered.
//
// Threads: the loop's.

#include <sys/socket.h>
#include <uv.h>

#include <array>
#include <memory>

#include "core/control/control_segment.hpp"
#include "worker/net/fd_watch.hpp"
#include "worker/net/peer.hpp"
#include "worker/net/unix_socket.hpp"
#include "worker/pipeline.hpp"

namespace ringside {

class DatagramListener {
 public:
  DatagramListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline, ControlSegment& control);
  DatagramListener(const DatagramListener&) = delete;
  DatagramListener& operator=(const DatagramListener&) = delete;

  [[nodiscard]] Status start();
  void set_rules(PeerRules rules);

  // Takes what has been sent, a bounded number, and closes.
  void stop();

 private:
  static constexpr std::size_t kAtOnce = 32;
  struct Slot {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control;
    iovec part;
  };

  void make_room();
  // Reads up to kAtOnce; returns how many came.
  std::size_t receive_some();
  void take(msghdr& message, std::string_view bytes);

  uv_loop_t& loop_;
  UnixSocket socket_;
  Pipeline& pipeline_;
  ControlSegment& control_;
  PeerRules rules_;
  std::size_t slot_bytes_ = 0;
  std::unique_ptr<char[]>
      memory_;  // kAtOnce times a longest event; the kernel gives pages only for what is used
  std::array<Slot, kAtOnce> slots_{};
  std::array<mmsghdr, kAtOnce> messages_{};
  std::unique_ptr<FdWatch> watch_;
};

}  // namespace ringside
