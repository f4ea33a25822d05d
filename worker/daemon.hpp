#pragma once
// Daemon: the worker as a whole. Puts ring, control segment, sockets, pipeline and sources
// together, and runs them on one loop.
//
// Threads: one, but for what built-in sources do on libuv's pool.

#include <uv.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/config/worker_options.hpp"
#include "core/control/control_segment.hpp"
#include "core/ring/writer.hpp"
#include "core/setup/worker_setup.hpp"
#include "worker/cluster/cluster_service.hpp"
#include "worker/history/history_keeper.hpp"
#include "worker/ingest/ingest_listener.hpp"
#include "worker/jwks/jwks_updater.hpp"
#include "worker/net/datagram_listener.hpp"
#include "worker/net/loop_handles.hpp"
#include "worker/net/stream_listener.hpp"
#include "worker/pipeline.hpp"
#include "worker/rejects.hpp"
#include "worker/revocation_store.hpp"
#include "worker/ring_log.hpp"
#include "worker/service_notifier.hpp"
#include "worker/sources/source.hpp"

namespace ringside {

class Daemon {
 public:
  // `config_path` and `run_dir` are kept for reloads.
  Daemon(std::string config_path, std::string run_dir, WorkerOptions options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Everything up to being ready. Errors: rules that cannot be made, a run directory that cannot be
  // used, another worker at work there.
  [[nodiscard]] Status start();
  // Runs until SIGTERM or SIGINT; then takes what producers have sent, and leaves no socket behind.
  void run();

 private:
  [[nodiscard]] Status open_shared_memory();
  [[nodiscard]] Status make_log();
  [[nodiscard]] RingWriter& ring() noexcept;
  [[nodiscard]] Status open_ring();
  [[nodiscard]] Status open_sockets();
  [[nodiscard]] Status open_ingest();
  [[nodiscard]] Result<UnixSocket> open_socket(const char* name, int type);
  void apply(WorkerSetup setup);
  [[nodiscard]] mode_t socket_mode() const;
  void start_sources();
  void start_jwks();
  void stop_sources();
  void start_handles();
  void on_turn();
  void tell_stored();
  void on_beat();
  void remove_retired_rings();
  void reload();
  void stop();

  std::string config_path_;
  std::string run_dir_;
  WorkerOptions options_;
  ServiceNotifier manager_;

  uv_loop_t loop_{};
  uv_prepare_t before_poll_{};
  uv_check_t after_poll_{};
  uv_signal_t signals_[3]{};
  bool has_handles_ = false;

  std::unique_ptr<RingWriter> ring_;        // null in a cluster, whose service has it
  std::unique_ptr<HistoryKeeper> history_;  // null where history.enabled is false
  std::unique_ptr<RingWriter> rejected_ring_;
  std::vector<std::string> replaced_rings_;  // paths whose former rings may still be there
  std::unique_ptr<ControlSegment> control_;
  std::unique_ptr<Rejects> rejects_;
  std::unique_ptr<RingLog> log_;                      // null in a cluster
  std::unique_ptr<cluster::ClusterService> cluster_;  // null without
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<RevocationStore> revocations_;
  std::unique_ptr<StreamListener> stream_;
  std::unique_ptr<DatagramListener> datagrams_;
  std::unique_ptr<IngestListener> ingest_;  // null where http.enabled is false
  std::unique_ptr<JwksUpdater> jwks_;       // null without jwks.uri
  std::unique_ptr<LoopTimer> beat_;
  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace ringside
