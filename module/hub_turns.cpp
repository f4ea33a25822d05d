// One turn of the loop: read what is new, once; let every session send what it can take; then let the work that may wait
// (history, searches, steps) go on for a slice of CPU time, round robin; and if anything is left over, ask for another turn
// instead of staying, so that lws serves its sockets in between. No turn is long, whatever a client asks for.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "module/hub.hpp"

namespace ringside {
namespace {

constexpr std::chrono::seconds kSlowTick{1};
constexpr std::size_t kLookAhead = 4;
constexpr unsigned kShortSlices =
    4;  // the turns that an answer takes, after the one in which it is asked for

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
  // A round that one turn could not finish keeps the head that it began with. Otherwise attendees of one view would be at
  // different places, and each place is a chunk to render and a send.
  const bool round_is_open = next_pumped_ != 0;
  more_to_do_ = round_is_open || follower_.read_new();
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
  take_cuts();
  call_due(now);
  cuts_.clear();
  refresh_some_listings();
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
    accounts_.forget_full(now);
  }
  suspend_if_unused(now);
  if (n_checked_ && (!attached() || follower_.suspended())) {  // then there are no turns
    WorkBudget budget(clock_, background_slice_);
    check_revocations(budget);
  }
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
  if (n_checked_ || !std::exchange(order_is_stale_, false)) {
    return;  // the list is as it was, or must stay so while it is gone through
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
  pump_last(budget);
}

bool Hub::comes_last(Attendee& attendee) {
  if (pumps_last_) {
    return false;
  }
  if (gathers_) {
    last_.push_back(&attendee);
  } else {
    want_turn();
  }
  return true;
}

// What is left of the budget for what is live, until sockets wait. Where it ends, the next turn begins, so that each has its
// turn: the one that ended it is not asked first again.
void Hub::pump_last(const WorkBudget& live) {
  if (last_.empty()) {
    return;
  }
  const auto left = slices_are_short() ? std::chrono::nanoseconds(0) : kCostlySlice - live.used();
  WorkBudget budget(clock_, std::max<std::chrono::nanoseconds>(left, WorkBudget::kBetweenLooks),
                    &host_.has_events);
  const WorkScope scope(*context_, budget);
  pumps_last_ = gathers_ = true;
  const std::size_t first = static_cast<std::size_t>(turn_number_ % last_.size());
  for (std::size_t n_done = 0; n_done < last_.size(); ++n_done) {
    if (budget.exhausted()) {
      more_to_do_ = true;
      break;
    }
    Attendee& attendee = *last_[(first + n_done) % last_.size()];
    idle_[attendee.place_] = attendee.pump();
  }
  pumps_last_ = gathers_ = false;
  last_.clear();
  send_gathered();
  if (budget.made_way()) {
    n_short_slices_ = kShortSlices;
  }
}

// One budget for all that become writable or say something between two turns.
void Hub::pump_now(Attendee& attendee) {
  touch(attendee);
  if (!attached() || follower_.suspended()) {
    return;
  }
  if (!between_turns_) {
    between_turns_.emplace(clock_, kCostlySlice);
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

void Hub::on_new_socket() noexcept { n_short_slices_ = kShortSlices; }

// An answer to a probe takes the host several turns of its loop (accept, read, write), so a slice ends early when sockets
// wait, and the next few slices are short: otherwise each of these turns would take a whole slice longer. What has just
// been accepted, or has just asked for being writable, is not seen by has_events() until the host waits for it; hence
// on_new_socket().
//
// One budget for all: tokens that may have been revoked first; the table of series, since clients wait for it; then each
// attendee a part in turn, beginning after the one that was served last.
void Hub::run_background() {
  const bool is_short = slices_are_short();
  n_short_slices_ -= is_short ? 1 : 0;
  WorkBudget budget(
      clock_,
      is_short ? std::min<std::chrono::nanoseconds>(background_slice_, WorkBudget::kBetweenLooks)
               : background_slice_,
      &host_.has_events);
  const WorkScope scope(*context_, budget);
  check_revocations(budget);
  more_to_do_ |= n_checked_.has_value();
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
  if (budget.made_way() || (is_short && more_to_do_ && host_.has_events && host_.has_events())) {
    n_short_slices_ = kShortSlices;
  }
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

}  // namespace ringside
