// The ring at the start, and what fills it: events as they come, with a history on disk, or the log of a cluster.
#include <sys/stat.h>

#include "worker/daemon.hpp"
#include "worker/history/history_options.hpp"

namespace ringside {

Status Daemon::open_ring() {
  const RingOptions ring{.path = options_.run_dir + "/ring", .capacity_bytes = options_.ring_bytes};
  if (!options_.history_enabled ||
      !options_.cluster_servers.empty()) {  // the log is the history of a cluster
    if (auto unlinked = link_history(options_.run_dir, ""); !unlinked) {
      return unlinked;
    }
    auto opened = RingWriter::open(ring, system_clock());
    if (!opened) {
      return tl::unexpected(opened.error());
    }
    ring_ = std::move(*opened);
    return {};
  }
  constexpr mode_t kStateMode = 0700;
  (void)::mkdir(options_.state_dir.c_str(), kStateMode);  // its default place is in there
  auto opened = HistoryKeeper::open(loop_, history_options_of(options_), ring, system_clock());
  if (!opened) {
    return fail_from(opened.error(), "history.dir");
  }
  ring_ = std::move(opened->ring);
  history_ = std::move(opened->keeper);
  return link_history(options_.run_dir, options_.history_dir);
}

// With [cluster] the ring is filled from the log of the cluster; else events go into it as they come.
Status Daemon::make_log() {
  if (options_.cluster_servers.empty()) {
    control_->set_cluster({});
    log_ = std::make_unique<RingLog>(*ring_, history_.get());
    return {};
  }
  cluster::ClusterService::Parts parts;
  parts.loop = &loop_;
  parts.run_dir = options_.run_dir;
  parts.state_dir = options_.state_dir;
  parts.ring = std::move(ring_);
  parts.ring_options = {.path = options_.run_dir + "/ring", .capacity_bytes = options_.ring_bytes};
  parts.control = control_.get();
  parts.on_ring_replaced = [this] { replaced_rings_.push_back(options_.run_dir + "/ring"); };
  auto made = cluster::ClusterService::make(options_, std::move(parts));
  if (!made) {
    return tl::unexpected(made.error());
  }
  cluster_ = std::move(*made);
  return {};
}

RingWriter& Daemon::ring() noexcept { return cluster_ ? cluster_->ring() : *ring_; }

}  // namespace ringside
