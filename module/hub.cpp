// One turn of the loop: read what is new, once; let every session send what it can take; then let the work that may wait
// (history, searches, steps) go on for a slice of CPU time, round robin; and if anything is left over, ask for another turn
// instead of staying, so that lws serves its sockets in between. No turn is long, whatever a client asks for.
#include "module/hub.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/log.hpp"

namespace ringside {
namespace {

constexpr std::size_t kChunkBytes = 8u << 20u;
constexpr std::chrono::seconds kSlowTick{1};
constexpr std::size_t kLookAhead = 4;

// Sessions of a thousand connections do not fit the processor's cache, and a turn may go through all of them: the next is
// fetched while one is served.
void prefetch(const Attendee& attendee) noexcept {
  constexpr std::size_t kCacheLine = 64;
  constexpr std::size_t kTouched = 512;  // of a session, when it is pumped
  const auto* const at = reinterpret_cast<const char*>(&attendee);
  for (std::size_t offset = 0; offset < kTouched; offset += kCacheLine) {
    __builtin_prefetch(at + offset);
  }
}

}  // namespace

Hub::Hub(std::string run_dir, Host host, const Clock& clock)
    : run_dir_(std::move(run_dir)),
      host_(std::move(host)),
      clock_(clock),
      follower_(run_dir_, host_.wake, clock),
      chunks_(kChunkBytes) {
  turn_time_ = clock_.mono_now();
  turn_wall_time_ = clock_.wall_now();
  try_open_control();
  if (attached()) {
    on_attached();
  } else {
    log::warn("{}; serving 503 until it is there", follower_.error());
  }
}

Hub::~Hub() = default;

RenderContext& Hub::render_context() noexcept {
  RS_CHECK(context_ != nullptr);
  return *context_;
}

// --- the ring and the control segment

void Hub::on_attached() {
  epoch_ = follower_.ring().epoch();
  context_ = std::make_unique<RenderContext>(
      RenderContext{follower_.records(), chunks_, clock_, epoch_, nullptr, 0});
  n_parsed_counted_ = 0;
}

// The rest of what the old ring held is delivered first; then it ends, and every client is told.
void Hub::reattach_if_replaced() {
  auto replacement = follower_.find_replacement();
  if (replacement == nullptr) {
    return;
  }
  while (follower_.read_new()) {
  }
  std::fill(idle_.begin(), idle_.end(), Attendee::IdleUntil{});
  pump_all();
  const EventId last{epoch_, head()};
  forget_rendered();
  context_.reset();
  follower_.switch_to(std::move(replacement));
  on_attached();
  for (Attendee* attendee : attendees_) {
    attendee->on_new_epoch(last);
    touch(*attendee);
  }
}

void Hub::forget_rendered() {
  chunks_.clear();
  frame_caches_.clear();
  series_ = SeriesTable();
  n_series_left_out_ = 0;
}

void Hub::try_open_control() {
  auto opened = ControlSegment::open(run_dir_ + "/control", clock_);
  if (!opened) {
    control_error_ = opened.error().message;
    return;
  }
  if (const Status joined = (*opened)->join(ProcessKind::kPlugin); !joined) {
    control_error_ = joined.error().message;
    return;
  }
  control_ = std::move(*opened);
  seen_revocations_ = control_->revocation_generation();
  seen_drain_ = control_->drain_request().generation;
}

void Hub::watch_control() {
  if (control_ == nullptr) {
    return;
  }
  if (const std::uint64_t generation = control_->revocation_generation();
      generation != seen_revocations_) {
    seen_revocations_ = generation;
    for (Attendee* attendee : attendees_) {
      attendee->on_revocations();
    }
  }
  if (const auto request = control_->drain_request(); request.generation != seen_drain_) {
    seen_drain_ = request.generation;
    start_drain(request.spread);
  }
}

void Hub::start_drain(std::chrono::milliseconds spread) {
  log::info("draining {} connections over {} ms", attendees_.size(), spread.count());
  draining_ = true;
  control_->set_draining(true);
  const MonoTime now = clock_.mono_now();
  const auto n = static_cast<std::int64_t>(std::max<std::size_t>(attendees_.size(), 1));
  std::int64_t i = 0;
  for (Attendee* attendee : attendees_) {
    attendee->close_at(now + spread * i++ / n, CloseCode::kGoingAway);
    touch(*attendee);
  }
}

// With nobody connected, reading the ring would cost this process about as much as filling it costs the worker, and slow
// the worker down besides, since both want the same cache lines.
void Hub::suspend_if_unused(MonoTime now) {
  if (follower_.suspended() || !attached() || !attendees_.empty() ||
      (last_left_ != MonoTime::min() && now - last_left_ < kSuspendAfter)) {
    return;
  }
  forget_rendered();
  follower_.suspend();
}

void Hub::catch_up() {
  if (attached() && follower_.read_new()) {
    want_turn();
  }
}

// --- turns

void Hub::on_wake() {
  if (!attached() || follower_.suspended()) {
    return;
  }
  RS_CHECK(!in_turn_);
  in_turn_ = true;
  between_turns_.reset();
  follower_.acknowledge_wake();
  ++turn_number_;
  turn_time_ = clock_.mono_now();
  turn_wall_time_ = clock_.wall_now();
  more_to_do_ = follower_.read_new();
  pump_all();
  run_background();
  flush_counters();
  count(Counter::kEventsParsed,
        records().n_parsed() - std::exchange(n_parsed_counted_, records().n_parsed()));
  count(Counter::kFramesRendered, std::exchange(context_->n_frames_rendered, 0));
  in_turn_ = false;
  if (more_to_do_) {
    host_.wake();
  }
}

void Hub::want_turn() {
  if (!in_turn_ && !more_to_do_) {
    host_.wake();
  }
  more_to_do_ = true;
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
  watch_control();
  call_due(now);
  sort_by_view();
  if (now >= next_slow_tick_) {
    next_slow_tick_ = now + kSlowTick;
    if (control_ == nullptr) {
      try_open_control();
    } else {
      control_->beat();
    }
    if (!attached()) {
      follower_.try_attach();
      if (attached()) {
        on_attached();
      }
    }
    reattach_if_replaced();
    follower_.measure_rate();
    std::erase_if(frame_caches_, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(accounts_, [](const auto& entry) { return entry.second.expired(); });
  }
  suspend_if_unused(now);
  on_wake();  // also finds what a lost wake-up would have announced
}

void Hub::call_due(MonoTime now) {
  for (std::size_t i = 0; i < due_.size(); ++i) {
    if (now >= due_[i]) {
      due_[i] = attendees_[i]->on_due(now);
      idle_[i] = {};
    }
  }
}

// Attendees with the same view stand next to each other, so that a chunk is sent to all that want it while it is in the
// processor's cache. Sorted with the tick, not with each connection.
void Hub::sort_by_view() {
  if (!std::exchange(order_is_stale_, false)) {
    return;
  }
  const auto number_of = [](const Attendee* attendee) {
    return attendee->frames() != nullptr ? attendee->frames()->number() : 0;
  };
  std::stable_sort(attendees_.begin(), attendees_.end(), [&](const Attendee* a, const Attendee* b) {
    return number_of(a) < number_of(b);
  });
  for (std::size_t i = 0; i < attendees_.size(); ++i) {
    attendees_[i]->place_ = i;
  }
  std::fill(idle_.begin(), idle_.end(), Attendee::IdleUntil{});
  std::fill(due_.begin(), due_.end(), MonoTime::min());
}

void Hub::pump_all() {
  RS_CHECK(gathered_.empty() && idle_.size() == attendees_.size() &&
           due_.size() == attendees_.size());
  WorkBudget budget(clock_, kLiveSlice);
  const WorkScope scope(*context_, budget);
  const Seq now_head = head();
  const std::size_t n = attendees_.size();
  std::size_t i = next_pumped_ < n ? next_pumped_ : 0;
  next_pumped_ = 0;
  gathers_ = true;
  for (std::size_t n_left = n; n_left > 0; --n_left, i = i + 1 < n ? i + 1 : 0) {
    Attendee::IdleUntil& idle = idle_[i];
    if (turn_time_ < idle.until && now_head < idle.head) {
      if (idle.until != MonoTime::max()) {
        call_at(idle.until);
      }
      continue;
    }
    if (budget.exhausted()) {
      next_pumped_ = i;
      more_to_do_ = true;
      break;
    }
    if (i + kLookAhead < n) {
      prefetch(*attendees_[i + kLookAhead]);
      attendees_[i + kLookAhead / 2]->prefetch_connection();
    }
    idle = attendees_[i]->pump();
  }
  gathers_ = false;
  RS_CHECK(n == attendees_.size());
  send_gathered();
}

// One budget for all that become writable or say something between two turns.
void Hub::pump_now(Attendee& attendee) {
  touch(attendee);
  if (!attached() || follower_.suspended()) {
    return;
  }
  if (!between_turns_) {
    between_turns_.emplace(clock_, kLiveSlice);
  }
  if (in_turn_ || between_turns_->exhausted()) {
    want_turn();
    return;
  }
  const WorkScope scope(*context_, *between_turns_);
  idle_[attendee.place_] = attendee.pump();
}

bool Hub::send_later(Attendee& attendee, const std::shared_ptr<Chunk>& chunk) {
  if (!gathers_) {
    return false;
  }
  if (gathered_chunks_.empty() || gathered_chunks_.back() != chunk) {
    gathered_chunks_.push_back(chunk);
  }
  gathered_.push_back({&attendee, chunk.get()});
  return true;
}

// The kernel's way through a send() is long, and finds its code in the processor's cache only when nothing long is
// between two of them.
void Hub::send_gathered() {
  for (std::size_t i = 0; i < gathered_.size(); ++i) {
    if (i + 1 < gathered_.size()) {
      gathered_[i + 1].attendee->prefetch_connection();
    }
    gathered_[i].attendee->send_chunk(*gathered_[i].chunk);
  }
  gathered_.clear();
  gathered_chunks_.clear();
}

// One budget for all: the table of series first, since clients wait for it, then each attendee a part in turn, beginning
// after the one that was served last.
void Hub::run_background() {
  WorkBudget budget(clock_, background_slice_);
  const WorkScope scope(*context_, budget);
  more_to_do_ |= series_.update(records(), budget);
  if (series_.n_left_out() != n_series_left_out_) {
    count(Counter::kSeriesLeftOut,
          series_.n_left_out() - std::exchange(n_series_left_out_, series_.n_left_out()));
  }
  bool progressed = true;
  while (progressed && !budget.exhausted()) {
    progressed = false;
    for (std::size_t n_left = background_.size(); n_left > 0 && !budget.exhausted(); --n_left) {
      next_background_ = next_background_ < background_.size() ? next_background_ : 0;
      switch (background_[next_background_]->run_background(budget)) {
        case Attendee::Background::kDone:
          finish_background(next_background_);
          progressed = true;
          continue;
        case Attendee::Background::kMore:
          progressed = true;
          break;
        case Attendee::Background::kNextTurn:
          more_to_do_ = true;
          break;
        case Attendee::Background::kWaiting:
          break;
      }
      ++next_background_;
    }
  }
  more_to_do_ |= progressed && !background_.empty();
}

void Hub::register_background(Attendee& attendee) {
  if (attendee.background_place_ == Attendee::kNowhere) {
    attendee.background_place_ = background_.size();
    background_.push_back(&attendee);
  }
  want_turn();
}

void Hub::finish_background(std::size_t place) noexcept {
  background_[place]->background_place_ = Attendee::kNowhere;
  background_[place] = background_.back();
  background_.pop_back();
  if (place < background_.size()) {
    background_[place]->background_place_ = place;
  }
}

// --- attendees

void Hub::add(Attendee& attendee) {
  RS_CHECK(attendee.place_ == Attendee::kNowhere && !gathers_);
  follower_.resume();
  attendee.place_ = attendees_.size();
  attendees_.push_back(&attendee);
  idle_.emplace_back();
  due_.push_back(MonoTime::min());
  order_is_stale_ = true;
}

void Hub::remove(Attendee& attendee) noexcept {
  RS_CHECK(attendee.place_ < attendees_.size() && !gathers_);
  if (attendee.background_place_ != Attendee::kNowhere) {
    finish_background(attendee.background_place_);
  }
  const std::size_t place = std::exchange(attendee.place_, Attendee::kNowhere);
  attendees_[place] = attendees_.back();
  idle_[place] = idle_.back();
  due_[place] = due_.back();
  attendees_.pop_back();
  idle_.pop_back();
  due_.pop_back();
  if (place < attendees_.size()) {
    attendees_[place]->place_ = place;
  }
  last_left_ = clock_.mono_now();
}

void Hub::touch(Attendee& attendee) noexcept {
  if (attendee.place_ != Attendee::kNowhere) {
    idle_[attendee.place_] = {};
    due_[attendee.place_] = MonoTime::min();
  }
}

std::shared_ptr<FrameCache> Hub::frame_cache(const RoleView& role, const Subscription& subscription,
                                             FrameShape shape) {
  std::string key = View::key_of(role, subscription);
  key += '\n';
  key += std::to_string(shape.batch_size);
  key += shape.encoding->name();
  std::weak_ptr<FrameCache>& held = frame_caches_[key];
  if (auto found = held.lock()) {
    return found;
  }
  auto made = std::make_shared<FrameCache>(std::make_shared<const View>(role, subscription), shape,
                                           ++n_frame_caches_made_);
  held = made;
  return made;
}

std::shared_ptr<CpuAccount> Hub::account_of(const std::string& user) {
  std::weak_ptr<CpuAccount>& held = accounts_[user];
  if (auto found = held.lock()) {
    return found;
  }
  auto made = std::make_shared<CpuAccount>(clock_.mono_now());
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

}  // namespace ringside
