// What the attendees share and how they come and go; module/hub_turns.cpp serves them.
#include "module/hub.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/log.hpp"

namespace ringside {
namespace {

constexpr std::size_t kChunkBytes = 8u << 20u;
constexpr Epoch kNoEpoch{0};  // of no ring

}  // namespace

Hub::Hub(std::string run_dir, Host host, const Clock& clock, std::size_t cache_bytes)
    : run_dir_(std::move(run_dir)),
      host_(std::move(host)),
      clock_(clock),
      follower_(run_dir_, host_.wake, clock, cache_bytes),
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
  context_ = std::make_unique<RenderContext>(RenderContext{
      follower_.records(), chunks_, clock_, follower_.ring().lineage(), ids_.get(), nullptr, 0});
  n_parsed_counted_ = 0;
}

// The rest of what the old ring held is delivered first; then it ends. Every client is told, unless the ids continue.
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
  const bool continues = replacement->epoch() == epoch_;
  forget_rendered();
  context_.reset();
  follower_.switch_to(std::move(replacement));
  on_attached();
  for (Attendee* attendee : attendees_) {
    if (continues) {
      attendee->on_new_ring();
    } else {
      attendee->on_new_epoch(last);
    }
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
  ids_ = std::make_unique<HiddenIds>(control_->key_for("ids"));
  if (context_ != nullptr) {
    context_->ids = ids_.get();
  }
  seen_revocations_ = control_->revocation_generation();
  seen_drain_ = control_->drain_request().generation;
  seen_cluster_ = control_->cluster_generation();
  cluster_ = control_->cluster();
}

void Hub::watch_control() {
  if (control_ == nullptr) {
    return;
  }
  // One pass after the other, so that many revocations leave nobody at the end of the list unchecked. Who comes meanwhile
  // showed a token that was looked up later.
  if (const std::uint64_t generation = control_->revocation_generation();
      generation != seen_revocations_ && !n_checked_) {
    seen_revocations_ = generation;
    n_checked_ = 0;
  }
  if (const std::uint64_t generation = control_->cluster_generation();
      generation != seen_cluster_) {
    seen_cluster_ = generation;
    cluster_ = control_->cluster();
    std::fill(due_.begin(), due_.end(), MonoTime::min());  // clients are told
  }
  if (const auto request = control_->drain_request(); request.generation != seen_drain_) {
    seen_drain_ = request.generation;
    start_drain(request.spread);
  }
}

void Hub::check_revocations(WorkBudget& budget) {
  while (n_checked_ && !budget.exhausted()) {
    if (*n_checked_ == attendees_.size()) {
      n_checked_.reset();
      return;
    }
    attendees_[(*n_checked_)++]->on_revocations();
    budget.spend(WorkBudget::kParsed);  // two lookups by SHA-256 cost about as much
  }
}

void Hub::take_cuts() {
  if (control_ == nullptr) {
    return;
  }
  cuts_ = control_->take_cuts();
  if (!cuts_.empty()) {
    std::fill(due_.begin(), due_.end(), MonoTime::min());
  }
}

bool Hub::is_cut(std::optional<std::uint64_t> id, std::uint64_t user_key) const noexcept {
  return std::ranges::any_of(cuts_, [&](const ControlSegment::CutRequest& request) {
    return request.kind == ControlSegment::CutKind::kUser ? request.key == user_key
                                                          : id && request.key == *id;
  });
}

// A few with each tick: the list need not be of this moment, and ten thousand connections are no reason to hold up a turn.
void Hub::refresh_some_listings() noexcept {
  constexpr std::size_t kRefreshedInTick = 256;
  for (std::size_t n = std::min(kRefreshedInTick, attendees_.size()); n > 0; --n) {
    next_refreshed_ = (next_refreshed_ + 1) % attendees_.size();
    attendees_[next_refreshed_]->refresh_listing();
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

// With nobody to send events to, reading the ring would cost this process about as much as filling it costs the worker, and slow
// the worker down besides, since both want the same cache lines.
void Hub::suspend_if_unused(MonoTime now) {
  if (follower_.suspended() || !attached() || n_readers_ != 0 ||
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

// --- ids

EventId Hub::event_for(const RoleView& role, Seq seq) const {
  return {follower_.ring().lineage().epoch_of(seq), role.hides_rows() ? ids_->hide(seq) : seq};
}

EventId Hub::place_for(const RoleView& role, Seq seq) {
  return {epoch_, role.hides_rows() ? ids_->hide_place(seq) : seq};
}

std::optional<EventId> Hub::read_place(const RoleView& role, std::string_view id) {
  auto place = parse_event_id(id);
  if (!place) {
    return place;
  }
  const Lineage& lineage = follower_.ring().lineage();
  const std::optional<Seq> end = lineage.end_of(place->epoch);
  if (place->epoch != epoch_ && !end) {
    return place;
  }
  if (HiddenIds::is_hidden(place->seq) != role.hides_rows()) {
    return EventId{kNoEpoch, Seq{0}};
  }
  if (role.hides_rows()) {
    place->seq = ids_->reveal(place->seq);
    if (place->seq > head()) {  // perhaps of another process, which has read more of the ring
      catch_up();
    }
    if (place->seq > head()) {
      return EventId{kNoEpoch, Seq{0}};
    }
  }
  const std::optional<Seq> seq = lineage.resolve(*place);
  return seq ? EventId{epoch_, *seq} : *place;
}

Seq Hub::first_after(EventId of_another_epoch) noexcept {
  const std::optional<Seq> end = follower_.ring().lineage().end_of(of_another_epoch.epoch);
  return end ? end->next() : follower_.ring().cursor_at_tail().seq;
}

bool Hub::may_exist(Seq seq) {
  catch_up();
  return seq <= head() || (control_ != nullptr && control_->cluster().state != ClusterState::kNone);
}

// A node follows the log within milliseconds; the time is for one that is stopped for a moment, and for the order in which
// two processes of this machine learn of the same event.
bool Hub::lacks(Seq seq, MonoTime asked) const {
  constexpr std::chrono::seconds kGrace{5};
  if (control_ == nullptr || seq <= follower_.ring().head()) {
    return false;
  }
  const ClusterStatus cluster = control_->cluster();
  return cluster.state == ClusterState::kNone ||
         (cluster.state == ClusterState::kLive && cluster.current > asked + kGrace &&
          seq.value > cluster.head);
}

// --- attendees

void Hub::add(Attendee& attendee) {
  RS_CHECK(attendee.place_ == Attendee::kNowhere && !gathers_);
  if (attendee.reads_ring_) {
    follower_.resume();
    ++n_readers_;
  }
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
  std::size_t place = std::exchange(attendee.place_, Attendee::kNowhere);
  if (n_checked_ && place < *n_checked_) {  // those that were checked stay at the front
    --*n_checked_;
    move_attendee(*n_checked_, place);
    place = *n_checked_;
  }
  move_attendee(attendees_.size() - 1, place);
  attendees_.pop_back();
  idle_.pop_back();
  due_.pop_back();
  if (attendee.reads_ring_) {
    --n_readers_;
    last_left_ = clock_.mono_now();
  }
}

void Hub::move_attendee(std::size_t from, std::size_t to) noexcept {
  if (from == to) {
    return;
  }
  attendees_[to] = attendees_[from];
  idle_[to] = idle_[from];
  due_[to] = due_[from];
  attendees_[to]->place_ = to;
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
