// The status is written whenever the node has run and something changed, so that the plugin learns of a cut within a turn;
// counters once a second.
#include "worker/cluster/cluster_service.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/log.hpp"

namespace ringside::cluster {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSyncInterval{100};
constexpr std::string_view kRevocation = "revoke.";

[[nodiscard]] std::string node_name(const WorkerOptions& options) {
  if (!options.cluster_node.empty()) {
    return options.cluster_node;
  }
  char name[65] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && *name != '\0' ? name : "node";
}

[[nodiscard]] NatsOptions nats_options(const WorkerOptions& options) {
  return {options.cluster_servers,    node_name(options),     options.cluster_stream,
          options.cluster_replicas,   options.cluster_create, options.cluster_max_age,
          options.cluster_max_bytes,  options.cluster_ca,     options.cluster_cert,
          options.cluster_key,        options.cluster_user,   options.cluster_password_file,
          options.cluster_credentials};
}

[[nodiscard]] NodeOptions node_options(const WorkerOptions& options, const FileSpool& spool) {
  NodeOptions out;
  out.name = node_name(options);
  out.incarnation = spool.incarnation();
  out.batch_events = options.cluster_batch_events;
  out.ring_bytes = options.ring_bytes;
  out.max_age = std::chrono::duration_cast<std::chrono::seconds>(options.cluster_max_age);
  out.follow_from = spool.first_n() == 0 ? 0 : spool.since() + 1;
  out.seed = spool.incarnation();
  return out;
}

}  // namespace

Result<std::unique_ptr<ClusterService>> ClusterService::make(const WorkerOptions& options,
                                                             Parts parts) {
  auto positions = PositionFile::open(parts.run_dir + "/ring.position");
  if (!positions) {
    return tl::unexpected(positions.error());
  }
  const std::string directory =
      options.cluster_spool.empty() ? parts.state_dir + "/spool" : options.cluster_spool;
  auto spool = FileSpool::open(directory, options.cluster_spool_size);
  if (!spool) {
    return tl::unexpected(spool.error());
  }
  return std::unique_ptr<ClusterService>(
      new ClusterService(options, std::move(parts), std::move(*positions), std::move(*spool)));
}

ClusterService::ClusterService(const WorkerOptions& options, Parts parts,
                               std::unique_ptr<PositionFile> positions,
                               std::unique_ptr<FileSpool> spool)
    : loop_(parts.loop),
      control_(*parts.control),
      ring_(std::move(parts.ring), std::move(parts.ring_options), system_clock(),
            std::move(parts.on_ring_replaced)),
      positions_(std::move(positions)),
      spool_(std::move(spool)),
      outbox_(spool_.get()),
      nats_(loop_, nats_options(options)),
      node_(nats_, ring_, *positions_, outbox_, node_options(options, *spool_), system_clock()),
      log_(std::make_unique<ClusterLog>(
          outbox_, std::min(ring_.max_record_bytes(), NatsLog::kMaxBodyBytes), [this] { run(); })),
      timer_(loop_, [this] { run(); }),
      sync_timer_(loop_, [this] { sync_spool(); }),
      syncs_(std::make_shared<bool>(false)),
      cut_grace_(options.cluster_cut_grace),
      ready_when_cut_(options.cluster_ready_when_cut) {
  node_.on_shared_value(
      [this](std::string_view key, std::string_view value) { on_shared(key, value); });
}

// What this process says of a cluster ends with it.
ClusterService::~ClusterService() { control_.set_cluster({}); }

void ClusterService::start() {
  node_.start();
  sync_timer_.start(kSyncInterval, kSyncInterval);
  run();
}

void ClusterService::stop() {
  outbox_.set_durable(true);
  if (const UniqueFd fd = spool_->unsynced(); fd.valid()) {
    (void)::fdatasync(fd.get());
  }
}

void ClusterService::run() {
  const MonoTime next = node_.run();
  const auto wait = std::chrono::ceil<milliseconds>(next - system_clock().mono_now());
  timer_.start(std::max(wait, milliseconds(1)));
  say_status();
}

void ClusterService::on_turn() {
  ring_.wake();
  run();
}

void ClusterService::say_status() {
  ClusterStatus status = node_.status();
  status.serves = serves(status);
  if (status.serves != said_.serves || status.state != said_.state || status.head != said_.head ||
      status.behind != said_.behind || status.current != said_.current ||
      status.reason != said_.reason) {
    control_.set_cluster(status);
    said_ = std::move(status);
  }
}

// A node that is cut off still has the history: for a while that is better than nothing, and others may be no better off.
bool ClusterService::serves(const ClusterStatus& status) const {
  return status.state == ClusterState::kLive ||
         (status.state == ClusterState::kCut &&
          (ready_when_cut_ || system_clock().wall_now() - status.changed < cut_grace_));
}

void ClusterService::on_beat() {
  ring_.writer().beat();
  say_status();
  count();
  share_revocations();
}

void ClusterService::count() {
  const auto set = [this](Counter counter, std::uint64_t now) {
    std::uint64_t& before = counted_[counter];
    if (now >= before) {
      control_.add(counter, now - before);
    } else {
      control_.sub(counter, before - now);
    }
    before = now;
  };
  const NodeCounts& node = node_.counts();
  const AppenderCounts& appender = node_.appender().counts();
  set(Counter::kClusterAppended, node.n_appended);
  set(Counter::kClusterBatches, appender.n_batches);
  set(Counter::kClusterConflicts, appender.n_conflicts);
  set(Counter::kClusterUnknown, appender.n_unknown);
  set(Counter::kClusterResubscribes, node.n_resubscribes);
  set(Counter::kClusterForks, node.n_forks);
  set(Counter::kClusterRestored, node.n_restored);
  set(Counter::kClusterUnreadable, node_.follower().n_unreadable() + node.n_void);
  set(Counter::kClusterOutbox, outbox_.n_waiting());
  set(Counter::kClusterSpoolBytes, spool_->n_bytes());
  set(Counter::kClusterBehind, said_.behind);
}

// One at a time; what comes meanwhile is synced with the next.
void ClusterService::sync_spool() {
  if (*syncs_) {
    return;
  }
  auto fd = std::make_shared<UniqueFd>(spool_->unsynced());
  if (!fd->valid()) {
    return;
  }
  *syncs_ = true;
  if (!run_on_pool(
          loop_, [fd] { (void)::fdatasync(fd->get()); }, [flag = syncs_] { *flag = false; })) {
    *syncs_ = false;
  }
}

// --- revocations: what one node revokes is revoked on all

void ClusterService::share_revocations() {
  const std::uint64_t generation = control_.revocation_generation();
  if (generation == seen_revocations_ || node_.state() != ClusterState::kLive) {
    return;
  }
  seen_revocations_ = generation;
  for (const RevocationRecord& record : control_.revocations()) {
    const std::string key = fmt::format("{}{:016x}", kRevocation, record.key);
    std::string value =
        fmt::format("{} {}", to_ns(record.time), record.until ? to_ns(*record.until) : 0);
    std::string& known = known_revocations_[key];
    if (known != value) {
      known = value;
      nats_.share(key, value);
    }
  }
}

void ClusterService::on_shared(std::string_view key, std::string_view value) {
  if (!key.starts_with(kRevocation)) {
    return;
  }
  RevocationRecord record;
  std::int64_t time_ns = 0;
  std::int64_t until_ns = 0;
  const std::string_view hash = key.substr(kRevocation.size());
  const std::size_t blank = std::min(value.find(' '), value.size());
  const auto is_read = [](std::string_view text, auto& out, int base) {
    return std::from_chars(text.data(), text.data() + text.size(), out, base).ec == std::errc();
  };
  if (!is_read(hash, record.key, 16) || record.key < 2 ||
      !is_read(value.substr(0, blank), time_ns, 10) ||
      !is_read(value.substr(std::min(value.size(), blank + 1)), until_ns, 10)) {
    log::warn("a shared revocation cannot be read: {}", key);
    return;
  }
  record.time = wall_from_ns(time_ns);
  if (until_ns != 0) {
    record.until = wall_from_ns(until_ns);
  }
  known_revocations_[std::string(key)] = value;
  if (control_.restore_revocations({&record, 1}) != 0) {
    log::error("a revocation of another node has no place: the table is full");
  }
}

}  // namespace ringside::cluster
