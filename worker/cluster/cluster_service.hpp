#pragma once
// ClusterService: a node of a cluster as a part of the worker: ring, spool, log and node put together on the worker's loop, and
// what it says of itself in the control segment.
//
// Threads: the loop's; syncing the spool runs on libuv's pool.

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/config/worker_options.hpp"
#include "core/control/control_segment.hpp"
#include "worker/cluster/cluster_log.hpp"
#include "worker/cluster/file_spool.hpp"
#include "worker/cluster/nats_log.hpp"
#include "worker/cluster/node.hpp"
#include "worker/cluster/node_ring.hpp"
#include "worker/cluster/position_file.hpp"
#include "worker/net/loop_handles.hpp"

namespace ringside::cluster {

class ClusterService {
 public:
  struct Parts {
    uv_loop_t* loop = nullptr;
    std::string run_dir;
    std::string state_dir;
    std::unique_ptr<RingWriter> ring;  // as it was found, or a new one
    RingOptions ring_options;
    ControlSegment* control = nullptr;
    std::function<void()> on_ring_replaced;
  };
  // Errors: spool or position file cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<ClusterService>> make(const WorkerOptions& options,
                                                                    Parts parts);
  ClusterService(const ClusterService&) = delete;
  ClusterService& operator=(const ClusterService&) = delete;
  ~ClusterService();

  void start();
  // What is not in the log yet goes to disk, for the next start.
  void stop();
  [[nodiscard]] EventLog& log() noexcept { return *log_; }
  [[nodiscard]] RingWriter& ring() noexcept { return ring_.writer(); }
  // On both sides of the loop's poll.
  void on_turn();
  // Once a second.
  void on_beat();

 private:
  ClusterService(const WorkerOptions& options, Parts parts, std::unique_ptr<PositionFile> positions,
                 std::unique_ptr<FileSpool> spool);
  void run();
  void say_status();
  [[nodiscard]] bool serves(const ClusterStatus& status) const;
  void count();
  void sync_spool();
  void share_revocations();
  void on_shared(std::string_view key, std::string_view value);

  uv_loop_t* loop_;
  ControlSegment& control_;
  NodeRing ring_;
  std::unique_ptr<PositionFile> positions_;
  std::unique_ptr<FileSpool> spool_;
  Outbox outbox_;
  NatsLog nats_;
  Node node_;
  std::unique_ptr<ClusterLog> log_;
  LoopTimer timer_;
  LoopTimer sync_timer_;
  std::shared_ptr<bool> syncs_;
  std::chrono::milliseconds cut_grace_;
  bool ready_when_cut_;
  ClusterStatus said_;
  std::uint64_t seen_revocations_ = 0;
  std::map<std::string, std::string, std::less<>> known_revocations_;  // shared by anybody
  // What was counted of the node's own counts.
  std::map<Counter, std::uint64_t> counted_;
};

}  // namespace ringside::cluster
