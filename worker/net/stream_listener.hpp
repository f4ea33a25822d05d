#pragma once
// StreamListener: events.sock. Admits producers within their limits and the peer rules, and reads from
// each in turn.
//
// Threads: the loop's.

#include <uv.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "core/control/control_segment.hpp"
#include "worker/net/fd_watch.hpp"
#include "worker/net/peer.hpp"
#include "worker/net/producer_limits.hpp"
#include "worker/net/stream_server.hpp"
#include "worker/pipeline.hpp"
#include "worker/producer.hpp"

namespace ringside {

class StreamListener {
 public:
  StreamListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline, ControlSegment& control);
  ~StreamListener();
  StreamListener(const StreamListener&) = delete;
  StreamListener& operator=(const StreamListener&) = delete;

  [[nodiscard]] Status start();

  // Applies a reload. Producers that the new rules refuse are disconnected.
  void set_rules(PeerRules rules, unsigned max_producers, unsigned max_producers_per_uid);

  // At the end of a turn: acknowledges what the log has stored since, for producers that wait.
  void on_stored();
  // Accepts again after the process ran out of descriptors; called with each heartbeat.
  void retry_accepting() { server_.retry_accepting(); }

  // Closes the socket, and takes what connected producers have sent.
  void take_rest();
  // The same, unless it was done, and closes their connections.
  void stop();

  [[nodiscard]] std::size_t n_producers() const noexcept { return producers_.size(); }

 private:
  void admit(UniqueFd fd);
  void refuse(UniqueFd fd, std::string_view reason);
  void close(int fd);

  uv_loop_t& loop_;
  Pipeline& pipeline_;
  ControlSegment& control_;
  PeerRules rules_;
  ProducerLimits limits_;
  bool took_rest_ = false;
  bool waits_for_storage_ = false;  // some producer does
  std::vector<char> buffer_;
  std::unordered_map<int, std::unique_ptr<Producer>> producers_;  // by descriptor
  StreamServer server_;
};

}  // namespace ringside
