// One turn of the loop: read what is new, once; then let every session send what it can take, those
// that are live before those that replay history; then, if anything was left over, ask for another
// turn instead of staying, so that lws serves its sockets in between.
#include "module/hub.hpp"

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/control/prometheus.hpp"
#include "module/session.hpp"

namespace ringside {
namespace {

constexpr std::size_t kCacheBytes = 24u << 20u;
constexpr std::size_t kChunkBytes = 8u << 20u;
constexpr std::size_t kRecordsPerTurn = 2048;
constexpr std::size_t kSeriesRecordsPerTurn = 4096;
constexpr std::chrono::seconds kSlowTick{1};
constexpr std::chrono::seconds kStaleHeartbeat{3};  // from here on the file may have been replaced
constexpr double kRateSmoothing = 0.2;
constexpr std::size_t kLookAhead = 4;

struct LagLimit {
  std::chrono::nanoseconds up_to;
  Counter counter;
};
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
constexpr LagLimit kLagLimits[] = {{1ms, Counter::kLagLe1Ms},     {5ms, Counter::kLagLe5Ms},
                                   {10ms, Counter::kLagLe10Ms},   {50ms, Counter::kLagLe50Ms},
                                   {100ms, Counter::kLagLe100Ms}, {500ms, Counter::kLagLe500Ms},
                                   {1s, Counter::kLagLe1S},       {10s, Counter::kLagLe10S}};

// Sessions of a thousand connections do not fit the processor's cache, and a turn goes through all
// of them: the next is fetched while one is served.
void prefetch(const Session& session) noexcept {
  constexpr std::size_t kCacheLine = 64;
  const auto* const at = reinterpret_cast<const char*>(&session);
  for (std::size_t offset = 0; offset < sizeof(Session); offset += kCacheLine) {
    __builtin_prefetch(at + offset);
  }
}

}  // namespace

Hub::Hub(std::string run_dir, Host host, const Clock& clock)
    : run_dir_(std::move(run_dir)), host_(std::move(host)), clock_(clock), chunks_(kChunkBytes) {
  static_assert(std::size(kLagLimits) + 1 == kLagBuckets);
  turn_time_ = clock_.mono_now();
  turn_wall_time_ = clock_.wall_now();
  try_open_control();
  try_attach();
  if (!attached()) {
    log::warn("{}; serving 503 until it is there", attach_error_);
  }
}

Hub::~Hub() = default;

void Hub::try_open_control() {
  auto opened = ControlSegment::open(run_dir_ + "/control", clock_);
  if (!opened) {
    attach_error_ = opened.error().message;
    return;
  }
  if (const Status joined = (*opened)->join(ProcessKind::kPlugin); !joined) {
    attach_error_ = joined.error().message;
    return;
  }
  control_ = std::move(*opened);
  seen_revocations_ = control_->revocation_generation();
  seen_drain_ = control_->drain_request().generation;
}

void Hub::try_attach() {
  auto opened = RingReader::attach(run_dir_ + "/ring");
  if (!opened) {
    attach_error_ = opened.error().message;
    return;
  }
  serve_from(std::move(*opened));
}

void Hub::serve_from(std::unique_ptr<RingReader> ring) {
  wake_thread_.reset();  // in this order: each refers to what follows it
  context_.reset();
  records_.reset();
  ring_ = std::move(ring);
  epoch_ = ring_->epoch();
  records_ = std::make_unique<RecordCache>(*ring_, kCacheBytes);
  context_ =
      std::make_unique<RenderContext>(RenderContext{*records_, chunks_, deflater_, clock_, 0});
  wake_thread_ = std::make_unique<WakeThread>(*ring_, host_.wake);
  resting_ = false;
  n_parsed_counted_ = 0;
  last_position_ = ring_->state().head_position;
  log::info("attached to ring {} epoch {} at sequence {}", run_dir_ + "/ring", format_epoch(epoch_),
            head().value);
}

// A worker that starts with another ring size replaces the file, and somebody may have removed it:
// what the old one held ends there, and every client is told. The old one is served from until the
// new one can be read.
void Hub::reattach_if_replaced() {
  if (!attached()) {
    return;
  }
  const RingState state = ring_->state();
  if (!state.superseded && clock_.wall_now() - state.heartbeat < kStaleHeartbeat) {
    return;
  }
  auto opened = RingReader::attach(run_dir_ + "/ring");
  if (!opened || (*opened)->epoch() == epoch_) {
    return;
  }
  while (!resting_ && records_->read_new(kRecordsPerTurn)) {
  }
  pump_all();
  const EventId last{epoch_, head()};
  chunks_.clear();
  frame_caches_.clear();
  series_ = SeriesTable();
  serve_from(std::move(*opened));
  for (Session* session : sessions_) {
    session->on_new_epoch(last);
  }
}

// With nobody connected, reading the ring would cost this process about as much as filling it costs
// the worker, and slow the worker down besides, since both want the same cache lines.
void Hub::rest_if_alone(MonoTime now) {
  if (resting_ || !attached() || !sessions_.empty() ||
      (last_left_ != MonoTime::min() && now - last_left_ < kRestAfter)) {
    return;
  }
  resting_ = true;
  wake_thread_->pause();
  chunks_.clear();
  frame_caches_.clear();
  series_ = SeriesTable();
  records_->skip_to_head();  // gives the memory back
}

void Hub::end_rest() {
  if (std::exchange(resting_, false)) {
    records_->skip_to_head();
    wake_thread_->resume();
  }
}

void Hub::catch_up() {
  if (attached() && records_->read_new(kRecordsPerTurn)) {
    more_to_do_ = true;
    host_.wake();
  }
}

void Hub::on_wake() {
  if (!attached() || resting_) {
    return;
  }
  wake_thread_->taken();
  turn_time_ = clock_.mono_now();
  turn_wall_time_ = clock_.wall_now();
  more_to_do_ = records_->read_new(kRecordsPerTurn);
  more_to_do_ |= series_.update(*records_, kSeriesRecordsPerTurn);
  pump_all();
  tell_counts();
  count(Counter::kEventsParsed,
        records_->n_parsed() - std::exchange(n_parsed_counted_, records_->n_parsed()));
  count(Counter::kFramesRendered, std::exchange(context_->n_frames_rendered, 0));
  if (more_to_do_) {
    host_.wake();
  }
}

// Sessions with the same view stand next to each other, so that a frame is sent to all that want it
// while it is in the processor's cache, and a process with many views need not hold the frames of
// all of them at once. Sorted with the tick, not with each connection.
void Hub::sort_by_view() {
  if (std::exchange(order_is_stale_, false)) {
    rests_.clear();
    std::sort(sessions_.begin(), sessions_.end(), [](const Session* a, const Session* b) {
      return std::less<>()(a->frames(), b->frames());
    });
  }
}

void Hub::pump_all() {
  // Sessions come and go only from host callbacks, never from within a pump: the vector is stable
  // here.
  rests_.resize(sessions_.size());
  gathers_ = true;
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    Rest& rest = rests_[i];
    if (turn_time_ < rest.until && head() < rest.head) {
      call_at(
          rest.until);  // with flush_ms most connections wait at most turns: do not even touch them
    } else {
      if (i + kLookAhead < sessions_.size()) {
        prefetch(*sessions_[i + kLookAhead]);
        sessions_[i + kLookAhead / 2]->prefetch_connection();
      }
      rest = sessions_[i]->pump();
    }
  }
  gathers_ = false;
  send_gathered();
  for (std::size_t i = replaying_.size(); i-- > 0;) {  // backwards: one may end, and leave
    replaying_[i]->pump_replay();
  }
}

bool Hub::send_later(Session& session, const std::shared_ptr<Chunk>& chunk) {
  if (!gathers_) {
    return false;
  }
  if (gathered_chunks_.empty() || gathered_chunks_.back() != chunk) {
    gathered_chunks_.push_back(chunk);
  }
  gathered_.push_back({&session, chunk.get()});
  return true;
}

// The kernel's way through a send() is long, and finds its code in the processor's cache only when
// nothing long stands between two of them.
void Hub::send_gathered() {
  for (std::size_t i = 0; i < gathered_.size(); ++i) {
    if (i + 1 < gathered_.size()) {
      gathered_[i + 1].session->prefetch_connection();
    }
    gathered_[i].session->send_frames(*gathered_[i].chunk);
  }
  gathered_.clear();
  gathered_chunks_.clear();
}

void Hub::replay_begins(Session& session) {
  if (std::find(replaying_.begin(), replaying_.end(), &session) == replaying_.end()) {
    replaying_.push_back(&session);
  }
}

void Hub::replay_ends(Session& session) noexcept {
  const auto at = std::find(replaying_.begin(), replaying_.end(), &session);
  if (at != replaying_.end()) {
    *at = replaying_.back();
    replaying_.pop_back();
  }
}

void Hub::on_timer() {
  next_timer_ = MonoTime::max();
  on_wake();
}

void Hub::call_at(MonoTime when) {
  if (when >= next_timer_) {
    return;
  }
  next_timer_ = when;
  const auto delay = std::chrono::ceil<std::chrono::milliseconds>(when - clock_.mono_now());
  host_.timer(std::max(delay, std::chrono::milliseconds(0)));
}

void Hub::on_tick() {
  const MonoTime now = clock_.mono_now();
  if (control_ != nullptr) {
    if (const std::uint64_t generation = control_->revocation_generation();
        generation != seen_revocations_) {
      seen_revocations_ = generation;
      for (Session* session : sessions_) {
        session->on_revocations();
      }
    }
    if (const auto request = control_->drain_request(); request.generation != seen_drain_) {
      seen_drain_ = request.generation;
      start_drain(request.spread);
    }
  }
  for (Session* session : sessions_) {
    session->on_tick(now);
  }
  sort_by_view();
  if (now >= next_slow_tick_) {
    next_slow_tick_ = now + kSlowTick;
    if (control_ == nullptr) {
      try_open_control();
    } else {
      control_->beat();
    }
    if (!attached()) {
      try_attach();
    }
    reattach_if_replaced();
    measure_ring_rate();
    std::erase_if(frame_caches_, [](const auto& entry) { return entry.second.expired(); });
  }
  rest_if_alone(now);
  on_wake();  // also finds what a lost wake-up would have told
}

void Hub::measure_ring_rate() {
  if (!attached()) {
    return;
  }
  const std::uint64_t position = ring_->state().head_position;
  const auto grown = static_cast<double>(position - std::exchange(last_position_, position));
  bytes_per_second_ += kRateSmoothing * (grown - bytes_per_second_);
}

void Hub::start_drain(std::chrono::milliseconds spread) {
  log::info("draining {} connections over {} ms", sessions_.size(), spread.count());
  draining_ = true;
  control_->set_draining(true);
  const MonoTime now = clock_.mono_now();
  const auto n = static_cast<std::int64_t>(std::max<std::size_t>(sessions_.size(), 1));
  std::int64_t i = 0;
  for (Session* session : sessions_) {
    session->close_at(now + spread * i++ / n, CloseCode::kGoingAway);
  }
}

void Hub::add(Session& session) {
  end_rest();
  sessions_.push_back(&session);
  order_is_stale_ = true;
}

void Hub::remove(Session& session) noexcept {
  replay_ends(session);
  const auto at = std::find(sessions_.begin(), sessions_.end(), &session);
  if (at != sessions_.end()) {
    *at = sessions_.back();
    sessions_.pop_back();
    rests_.clear();
    last_left_ = clock_.mono_now();
  }
}

std::shared_ptr<FrameCache> Hub::frame_cache(const RoleView& role, const Subscription& subscription,
                                             FrameShape shape) {
  std::string key = View::key_of(role, subscription);
  key += '\n';
  key += std::to_string(shape.batch_size);
  key += shape.compressed ? 'z' : '-';
  std::weak_ptr<FrameCache>& held = frame_caches_[key];
  if (auto found = held.lock()) {
    return found;
  }
  auto made = std::make_shared<FrameCache>(std::make_shared<const View>(role, subscription), shape);
  held = made;
  return made;
}

void Hub::count(Counter counter, std::uint64_t n) noexcept {
  if (control_ != nullptr && n != 0) {
    control_->add(counter, n);
  }
}

void Hub::uncount(Counter counter, std::uint64_t n) noexcept {
  if (control_ != nullptr && n != 0) {
    control_->sub(counter, n);
  }
}

void Hub::count_delivery(const Chunk& chunk) noexcept {
  counts_.n_events += chunk.n_events;
  counts_.n_frames += chunk.n_frames;
  counts_.n_bytes += chunk.frames.size();
  ++counts_.n_writes;
}

void Hub::count_lag(WallTime received, std::uint64_t n_events, MonoTime now) noexcept {
  const WallTime at = turn_wall_time_ + (now - turn_time_);
  const std::chrono::nanoseconds lag = std::max(at - received, std::chrono::nanoseconds(0));
  std::size_t bucket = 0;
  while (bucket < std::size(kLagLimits) && lag > kLagLimits[bucket].up_to) {
    ++bucket;
  }
  counts_.n_lag[bucket] += n_events;
  counts_.lag_sum_us += static_cast<std::uint64_t>(lag.count() / 1000) * n_events;
}

void Hub::tell_counts() noexcept {
  if (counts_.n_writes == 0) {
    return;
  }
  const Counts told = std::exchange(counts_, Counts());
  count(Counter::kEventsOut, told.n_events);
  count(Counter::kFramesOut, told.n_frames);
  count(Counter::kBytesOut, told.n_bytes);
  count(Counter::kWritesOut, told.n_writes);
  count(Counter::kLagSumUs, told.lag_sum_us);
  for (std::size_t i = 0; i < kLagBuckets; ++i) {
    count(i < std::size(kLagLimits) ? kLagLimits[i].counter : Counter::kLagLeInf, told.n_lag[i]);
  }
}

Hub::Readiness Hub::readiness(std::chrono::milliseconds worker_timeout) const {
  Readiness out;
  if (!attached()) {
    out.reason = attach_error_;
    return out;
  }
  out.heartbeat_age = std::chrono::duration_cast<std::chrono::milliseconds>(
      clock_.wall_now() - ring_->state().heartbeat);
  if (out.heartbeat_age > worker_timeout) {
    out.reason = "the worker's heartbeat is " + std::to_string(out.heartbeat_age.count()) +
                 " ms old: is ringsided running?";
  } else if (control_ == nullptr) {
    out.reason = "no control segment in " + run_dir_;
  } else if (draining_) {
    out.reason = "draining";
  } else {
    out.ready = true;
  }
  return out;
}

std::string Hub::prometheus() {
  tell_counts();
  if (control_ == nullptr) {
    return {};
  }
  std::optional<RingGauges> gauges;
  if (attached()) {
    const RingState state = ring_->state();
    gauges = RingGauges{};
    gauges->head_seq = state.head.value;
    gauges->tail_seq = state.tail.value;
    gauges->capacity_bytes = state.capacity_bytes;
    gauges->held_bytes = state.head_position - state.tail_position;
    gauges->heartbeat = state.heartbeat;
    Record oldest;
    Cursor at = ring_->cursor_at_tail();
    if (ring_->read_next(at, oldest).outcome == ReadOutcome::kRecord) {
      gauges->oldest_received = oldest.received;
    }
  }
  return prometheus_text(*control_, gauges ? &*gauges : nullptr, clock_.wall_now());
}

}  // namespace ringside
