// The start does first what can fail without side effects: the configuration is checked, then the
// ring is opened, whose lock keeps a second worker away from the sockets, then the sockets. The stop
// goes the other way: the sockets are closed, events that have been sent are taken, and the ring is
// left for the next worker.
//
// Readers are woken once in each turn of the loop, not for each event. A turn appends in two places:
// events from sockets after poll, events from timers before it; so both sides of poll look.
#include "worker/daemon.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <csignal>

#include "core/base/check.hpp"
#include "core/base/heartbeat.hpp"
#include "core/base/log.hpp"
#include "core/ring/retired_ring.hpp"
#include "worker/history/history_options.hpp"
#include "worker/sources/source_options.hpp"

namespace ringside {
namespace {

constexpr std::uint64_t kMaxStopMs = 3000;
constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};

template <class Handle>
uv_handle_t* generic(Handle& handle) {
  return reinterpret_cast<uv_handle_t*>(&handle);
}

// Each producer is a descriptor; the usual soft limit of 1,024 would be met before
// events.max_producers.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

Daemon::Daemon(std::string config_path, std::string run_dir, WorkerOptions options)
    : config_path_(std::move(config_path)),
      run_dir_(std::move(run_dir)),
      options_(std::move(options)),
      manager_(ServiceNotifier::from_environment()) {
  RS_CHECK(uv_loop_init(&loop_) == 0);
}

Daemon::~Daemon() {
  stop_sources();
  ingest_.reset();
  datagrams_.reset();
  stream_.reset();
  beat_.reset();
  cluster_.reset();
  history_.reset();
  if (has_handles_) {
    uv_close(generic(before_poll_), nullptr);
    uv_close(generic(after_poll_), nullptr);
    for (uv_signal_t& signal : signals_) {
      uv_close(generic(signal), nullptr);
    }
  }
  // The loop frees closed handles; work of a source that hangs on a broken disk is not waited
  // for longer than this.
  uv_timer_t deadline{};
  uv_timer_init(&loop_, &deadline);
  uv_timer_start(
      &deadline, [](uv_timer_t* timer) { uv_stop(timer->loop); }, kMaxStopMs, 0);
  uv_unref(generic(deadline));
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_close(generic(deadline), nullptr);
  uv_run(&loop_, UV_RUN_NOWAIT);
  if (uv_loop_close(&loop_) != 0) {
    log::warn("a source did not stop in time");
    std::_Exit(0);  // its work still uses the loop
  }
}

Status Daemon::start() {
  raise_descriptor_limit();
  WorkerSetupResult made = make_worker_setup(options_);
  if (!made.errors.empty()) {
    return fail(join_messages(made.errors));
  }
  if (auto opened = open_shared_memory(); !opened) {
    return opened;
  }
  rejects_ = std::make_unique<Rejects>(*rejected_ring_);
  if (auto has_log = make_log(); !has_log) {
    return has_log;
  }
  pipeline_ = std::make_unique<Pipeline>(cluster_ ? cluster_->log() : *log_, *rejects_, *control_,
                                         system_clock());
  if (made.setup.schemas->n_missing_core() != 0) {
    log::warn(
        "{} of the core event types have no schema in {}; their events are accepted unchecked",
        made.setup.schemas->n_missing_core(), options_.schema_dir);
  }
  revocations_ = std::make_unique<RevocationStore>(loop_, options_.state_dir, *control_);
  if (auto loaded = revocations_->load(); !loaded) {
    return loaded;
  }
  start_handles();  // signals before sockets: a producer that could connect is not lost to a SIGTERM
  if (auto opened = open_sockets(); !opened) {
    return opened;
  }
  apply(std::move(made.setup));
  if (auto started = stream_->start(); !started) {
    return started;
  }
  if (auto started = datagrams_->start(); !started) {
    return started;
  }
  if (ingest_ != nullptr) {
    if (auto started = ingest_->start(); !started) {
      return started;
    }
  }
  start_sources();
  start_jwks();
  if (cluster_ != nullptr) {
    cluster_->start();
  }
  on_beat();
  log::info("ready: {}, ring {} ({}), {} sources", options_.run_dir, format_epoch(ring().epoch()),
            ring().recovered() ? "taken over" : "new", sources_.size());
  manager_.ready();
  return {};
}

Status Daemon::open_shared_memory() {
  const std::string& dir = options_.run_dir;
  if (::mkdir(dir.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail_errno("cannot make the run directory " + dir);
  }
  if (auto opened = open_ring(); !opened) {
    return opened;
  }
  // For the worker's user alone: the web server, another user, has no use for what was refused.
  auto rejected = RingWriter::open(
      {.path = dir + "/rejected", .capacity_bytes = Rejects::kCapacityBytes, .mode = 0600},
      system_clock());
  if (!rejected) {
    return tl::unexpected(rejected.error());
  }
  auto control = ControlSegment::open(dir + "/control", system_clock(), UnusableSegment::kReplace);
  if (!control) {
    return tl::unexpected(control.error());
  }
  replaced_rings_ = {dir + "/ring",
                     dir + "/rejected"};  // perhaps: by this worker or an earlier one
  rejected_ring_ = std::move(*rejected);
  control_ = std::move(*control);
  if (auto joined = control_->join(ProcessKind::kWorker); !joined) {
    return joined;
  }
  if (history_ != nullptr) {
    history_->set_control(*control_);
    history_->on_synced([this] { tell_stored(); });
  }
  return {};
}

Status Daemon::open_sockets() {
  auto stream = open_socket("events.sock", SOCK_STREAM);
  if (!stream) {
    return tl::unexpected(stream.error());
  }
  auto datagrams = open_socket("events.dgram", SOCK_DGRAM);
  if (!datagrams) {
    return tl::unexpected(datagrams.error());
  }
  stream_ = std::make_unique<StreamListener>(loop_, std::move(*stream), *pipeline_, *control_);
  datagrams_ =
      std::make_unique<DatagramListener>(loop_, std::move(*datagrams), *pipeline_, *control_);
  return options_.http_enabled ? open_ingest() : Status();
}

// For the web server alone: see docs/adr/0009-events-over-http.md.
Status Daemon::open_ingest() {
  constexpr mode_t kMode = 0660;
  auto socket = UnixSocket::bind(options_.run_dir + '/' + std::string(kIngestSocket), SOCK_STREAM,
                                 kMode, UnixSocket::Group::kOfDirectory);
  if (!socket) {
    return tl::unexpected(socket.error());
  }
  ingest_ = std::make_unique<IngestListener>(loop_, std::move(*socket), *pipeline_, *control_,
                                             system_clock());
  return {};
}

Result<UnixSocket> Daemon::open_socket(const char* name, int type) {
  if (UniqueFd handed_over = manager_.take_socket(name); handed_over.valid()) {
    auto adopted = UnixSocket::adopt(std::move(handed_over), type);
    return adopted ? std::move(adopted) : Result<UnixSocket>(fail_from(adopted.error(), name));
  }
  return UnixSocket::bind(options_.run_dir + '/' + name, type, socket_mode());
}

// The loader has checked that the text is octal.
mode_t Daemon::socket_mode() const {
  return static_cast<mode_t>(std::stoul(options_.socket_mode, nullptr, 8));
}

void Daemon::start_handles() {
  const auto init = [this](auto& handle, auto* make) {
    make(&loop_, &handle);
    handle.data = this;
  };
  init(before_poll_, uv_prepare_init);
  init(after_poll_, uv_check_init);
  for (uv_signal_t& signal : signals_) {
    init(signal, uv_signal_init);
  }
  has_handles_ = true;
  beat_ = std::make_unique<LoopTimer>(&loop_, [this] { on_beat(); });
  beat_->start(kHeartbeatInterval, kHeartbeatInterval);
  uv_prepare_start(&before_poll_,
                   [](uv_prepare_t* handle) { static_cast<Daemon*>(handle->data)->on_turn(); });
  uv_check_start(&after_poll_,
                 [](uv_check_t* handle) { static_cast<Daemon*>(handle->data)->on_turn(); });
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    uv_signal_start(
        &signals_[i],
        [](uv_signal_t* handle, int number) {
          auto* const daemon = static_cast<Daemon*>(handle->data);
          number == SIGHUP ? daemon->reload() : daemon->stop();
        },
        kSignals[i]);
  }
}

void Daemon::run() { uv_run(&loop_, UV_RUN_DEFAULT); }

void Daemon::on_turn() {
  pipeline_->end_turn();
  if (cluster_ != nullptr) {
    cluster_->on_turn();
  }
  tell_stored();
}

// More events may be acknowledged.
void Daemon::tell_stored() {
  if (stream_ != nullptr) {
    stream_->on_stored();
  }
  if (ingest_ != nullptr) {
    ingest_->on_stored();
  }
}

void Daemon::on_beat() {
  if (cluster_ != nullptr) {
    cluster_->on_beat();
  } else {
    ring_->beat();
  }
  rejects_->beat();
  control_->beat();
  if (history_ != nullptr) {
    history_->beat();
  }
  stream_->retry_accepting();
  if (ingest_ != nullptr) {
    ingest_->retry_accepting();
  }
  revocations_->update(options_.revocations_keep);
  remove_retired_rings();
  manager_.alive();
}

void Daemon::remove_retired_rings() {
  std::erase_if(replaced_rings_, [](const std::string& path) {
    return remove_retired_ring(path) != RetiredRing::kIsRead;
  });
}

void Daemon::reload() {
  manager_.reloading();
  WorkerOptionsResult loaded = load_worker_setup(config_path_, run_dir_, source_option_specs());
  for (const OptionError& error : loaded.errors) {
    log::error("{}", format_option_error(config_path_, error));
  }
  WorkerSetupResult made;
  if (loaded.errors.empty()) {
    made = make_worker_setup(loaded.options);
    for (const OptionError& error : made.errors) {
      log::error("{}", error.message);
    }
  }
  if (!loaded.errors.empty() || !made.errors.empty()) {
    log::error("not reloaded, the running configuration stays in force: see the errors above");
    manager_.ready();
    return;
  }
  for (const std::string& name : need_restart(options_, loaded.options)) {
    log::warn("{} has changed; restart the worker to apply it", name);
  }
  loaded.options.run_dir = options_.run_dir;
  loaded.options.state_dir = options_.state_dir;
  loaded.options.ring_bytes = options_.ring_bytes;
  loaded.options.history_enabled = options_.history_enabled;
  loaded.options.history_dir = options_.history_dir;
  loaded.options.socket_mode = options_.socket_mode;
  loaded.options.http_enabled = options_.http_enabled;
  static_cast<ClusterOptions&>(loaded.options) = options_;
  const bool other_sources = options_.source_values != loaded.options.source_values;
  if (other_sources) {
    stop_sources();
  }
  options_ = std::move(loaded.options);
  log::set_up(options_.log_level, options_.log_format);
  apply(std::move(made.setup));
  start_jwks();
  if (other_sources) {
    start_sources();
  }
  log::info("reloaded {}", config_path_);
  manager_.ready();
}

void Daemon::apply(WorkerSetup setup) {
  pipeline_->set_rules(std::move(setup.schemas), std::move(setup.redactor), setup.limits);
  stream_->set_rules(setup.peers, options_.max_producers, options_.max_producers_per_uid);
  datagrams_->set_rules(std::move(setup.peers));
  if (history_ != nullptr) {
    history_->set_options(history_options_of(options_));
  }
  if (ingest_ != nullptr) {
    ingest_->set_limits(
        {options_.http_max_requests, options_.http_max_otlp, options_.http_key_memory});
  }
}

void Daemon::stop() {
  log::info("stopping");
  manager_.stopping();
  if (history_ != nullptr) {
    history_->on_synced({});
  }
  if (ingest_ != nullptr) {
    ingest_->stop();
  }
  stream_->take_rest();
  datagrams_->stop();
  jwks_.reset();
  stop_sources();
  pipeline_->end_turn();
  if (cluster_ != nullptr) {
    cluster_->stop();
  }
  if (history_ != nullptr) {
    history_->stop();
    stream_->on_stored();  // the last acknowledgements may have waited for the disk
  }
  stream_->stop();
  revocations_->update(options_.revocations_keep);  // written before the loop is closed
  uv_stop(&loop_);
}

}  // namespace ringside
