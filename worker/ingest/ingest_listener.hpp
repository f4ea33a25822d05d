#pragma once
// IngestListener: ingest.sock, on which the web server hands on requests with events. Who may connect is for the file's mode
// to say: the web server's user alone.
//
// Threads: the loop's.

#include <uv.h>

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/control/control_segment.hpp"
#include "worker/ingest/idempotency_keys.hpp"
#include "worker/ingest/ingest_connection.hpp"
#include "worker/net/loop_handles.hpp"
#include "worker/net/stream_server.hpp"

namespace ringside {

struct IngestLimits {
  std::size_t max_requests = 0;            // at once
  std::size_t max_otlp_bytes = 4U << 20U;  // of an OTLP message
  std::size_t key_bytes = 0;               // of what is remembered of Idempotency-Keys
};

class IngestListener {
 public:
  IngestListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline, ControlSegment& control,
                 const Clock& clock);
  ~IngestListener();
  IngestListener(const IngestListener&) = delete;
  IngestListener& operator=(const IngestListener&) = delete;

  [[nodiscard]] Status start();
  // Applies a reload; requests that are being taken stay.
  void set_limits(const IngestLimits& limits);

  // At the end of a turn: answers requests whose events the log has stored since.
  void on_stored();
  // Accepts again after the process ran out of descriptors; called with each heartbeat.
  void retry_accepting();

  // Closes the socket and breaks off what is being taken; the web server tells its clients to try again.
  void stop();

  [[nodiscard]] std::size_t n_requests() const noexcept { return connections_.size(); }
  [[nodiscard]] const IdempotencyKeys& keys() const noexcept { return keys_; }

 private:
  void admit(UniqueFd fd);
  void settle(int fd, IngestConnection::State state);
  void on_turn();
  void count_keys();
  void turn(int fd);

  uv_loop_t& loop_;
  Pipeline& pipeline_;
  ControlSegment& control_;
  IngestLimits limits_;
  IngestShared shared_;
  IdempotencyKeys keys_;
  std::uint64_t n_keys_counted_ = 0;
  std::uint64_t n_evicted_counted_ = 0;
  bool waits_for_storage_ = false;  // some connection does
  std::vector<char> buffer_;
  std::unordered_map<int, std::unique_ptr<IngestConnection>> connections_;  // by descriptor
  std::vector<int> busy_;                                                   // those with more to do
  LoopTimer turns_;
  StreamServer server_;
};

}  // namespace ringside
