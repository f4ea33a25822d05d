// The ring at the start, and the history on disk that it continues.
#include <sys/stat.h>

#include "worker/daemon.hpp"
#include "worker/history/history_options.hpp"

namespace ringside {

Status Daemon::open_ring() {
  const RingOptions ring{.path = options_.run_dir + "/ring", .capacity_bytes = options_.ring_bytes};
  if (!options_.history_enabled || !options_.cluster_servers.empty()) {  // the log is the history of a cluster
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

}  // namespace ringside
