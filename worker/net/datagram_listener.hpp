#pragma once
// DatagramListener: events.dgram. One event in each datagram, newlines between its values allowed,
// and no answers.
//
// Threads: the loop's.

#include <uv.h>

#include <memory>
#include <span>

#include "core/control/control_segment.hpp"
#include "core/policy/peer_rules.hpp"
#include "worker/net/datagram_socket.hpp"
#include "worker/pipeline.hpp"

namespace ringside {

class DatagramListener {
 public:
  DatagramListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline, ControlSegment& control);
  DatagramListener(const DatagramListener&) = delete;
  DatagramListener& operator=(const DatagramListener&) = delete;

  [[nodiscard]] Status start();
  // Call it after the limits of the pipeline have changed, too.
  void set_rules(PeerRules rules);

  // Takes what has been sent, a bounded number, and closes.
  void stop();

 private:
  void take(std::span<const Datagram> batch);
  void take(const Datagram& datagram);

  uv_loop_t& loop_;
  UnixSocket bound_;  // until start()
  Pipeline& pipeline_;
  ControlSegment& control_;
  PeerRules rules_;
  std::unique_ptr<DatagramSocket> socket_;
};

}  // namespace ringside
