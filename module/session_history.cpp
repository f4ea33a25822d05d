// History in slices: replays, the search for the last events of a view, and debug steps. Each walks ring and disk until the
// budget of the turn is spent and continues in the next; live events wait behind it, as the cursor that they are. A user's
// quota of replays covers all three.
#include <algorithm>
#include <utility>

#include "core/event/since.hpp"
#include "core/proto/server_message.hpp"
#include "module/session.hpp"
#include "module/session_debug.hpp"

namespace ringside {
namespace {

// How many records one part of a turn covers before the next session has its part.
constexpr std::uint64_t kRecordsPerPart = 512;

}  // namespace

void Session::stop_history() noexcept {
  replay_quota_.release();
  position_.end_replay();
  tail_.reset();
  step_.reset();
}

// --- replays

// `since` was checked where it came in: it is a time or an id.
void Session::start_replay(std::string_view since, const Subscription& what) {
  History& history = hub_.history();
  History::Place place;
  bool epoch_changed = false;
  if (const auto id = hub_.read_place(role(), since)) {
    const bool may_exist = id->epoch == hub_.epoch() && hub_.may_exist(id->seq);
    if (may_exist && id->seq > hub_.head() && &what == &subscription()) {
      start_ahead(id->seq, what);
      return;
    }
    // An id that nobody can have been given is like one of another epoch.
    epoch_changed = !may_exist;
    place = history.seek_seq(epoch_changed ? hub_.first_after(*id) : id->seq.next());
  } else if (const auto time = time_of_since(since, hub_.clock().wall_now())) {
    place = history.seek_time(*time);
  } else {
    return;
  }
  // The ring can have grown since the live cursor was put at its end, by events that the client has from elsewhere.
  if (!epoch_changed && &what == &subscription() && place.cursor.seq > position_.live()) {
    stop_history();
    position_.set_live(place.cursor.seq);
  }
  start_history(place.cursor.seq, what, place.missed, epoch_changed);
}

// The client was sent more, by another node, than this one has: it waits for what comes after that.
void Session::start_ahead(Seq last_seen, const Subscription& what) {
  stop_history();
  position_.set_live(last_seen.next());
  ahead_since_ = hub_.clock().mono_now();
  start_history(last_seen.next(), what, 0);
}

// The node has caught up, after the client came, and there is no such event: the id was made up, or its history is gone.
void Session::leave_ahead_if_unknown() {
  if (ahead_since_ == MonoTime{}) {
    return;
  }
  const Seq last_seen{position_.live().value - 1};
  if (last_seen <= hub_.head()) {
    ahead_since_ = {};
  } else if (hub_.lacks(last_seen, ahead_since_)) {
    ahead_since_ = {};
    stop_history();
    position_.set_live(hub_.head().next());
    send_control(
        gap_message("epoch", std::nullopt, place_id(last_seen), place_id(position_.live())));
    start_history(hub_.ring().cursor_at_tail().seq, subscription(), 0, true);
  }
}

void Session::start_history(Seq first, const Subscription& what, std::uint64_t missed,
                            bool epoch_changed) {
  stop_history();
  announce_rate_gap();
  Replay& replay = position_.begin_replay(hub_.frame_cache(role(), what, shape()), first);
  replay.beyond_history = missed;
  replay.epoch_changed = epoch_changed;
  hub_.register_background(*this);
}

Attendee::Background Session::run_replay(WorkBudget& budget) {
  if (!replay_quota_.acquire(identity_->user)) {
    return Background::kWaiting;  // asked again with each turn
  }
  const RecordCache::WithDisk with_disk(hub_.records());
  if (replay_turn_ != hub_.turn_number()) {
    replay_turn_ = hub_.turn_number();
    replay_turn_bytes_ = 0;
  }
  Replay& replay = position_.replay();
  const Seq part_ends{replay.cursor.value + kRecordsPerPart};
  while (replay.cursor < replay.limit) {
    if (connection_.busy()) {
      connection_.request_writable();
      return Background::kWaiting;
    }
    if (replay_turn_bytes_ > vhost_.options().replay_bytes_per_turn) {
      return Background::kNextTurn;
    }
    if (budget.exhausted() || replay.cursor >= part_ends) {
      return Background::kMore;
    }
    Seq limit = std::min(replay.limit, hub_.head().next());
    limit = debug_ != nullptr ? std::min(limit, debug_limit()) : limit;
    if (limit <= replay.cursor) {
      return Background::kWaiting;  // for the time of playback, or a ring that is being filled
    }
    const auto chunk = replay.frames->chunk(hub_.render_context(), replay.cursor, limit);
    if (chunk->lost) {
      const Seq next = std::min(chunk->end, replay.limit);
      replay.lapped += next.value - replay.cursor.value;
      position_.advance_replay(next);
      continue;
    }
    replay_turn_bytes_ += chunk->frames.size();
    position_.advance_replay(chunk->end);
    if (!chunk->frames.empty()) {
      budget.spend(WorkBudget::kCostly);
    }
    if (!deliver_chunk(chunk, hub_.turn_time())) {
      return Background::kDone;
    }
  }
  finish_replay();
  return Background::kDone;
}

void Session::finish_replay() {
  const Replay& replay = position_.replay();
  const std::uint64_t missed = replay.beyond_history + replay.lapped;
  const bool recovered = missed == 0 && !replay.epoch_changed;
  // How many events of another epoch came after the client's place is not known.
  const std::optional<std::uint64_t> told_missed =
      recovered ? std::optional(missed) : (replay.epoch_changed ? std::nullopt : told(missed));
  hub_.count(Counter::kEventsBeyondHistory, replay.beyond_history);
  hub_.count(Counter::kEventsMissed, replay.lapped);
  n_missed_ += missed;
  std::vector<std::string> cuts;
  for (const PastEpoch& ended : hub_.ring().lineage().past()) {
    if (ended.valid_through.next() >= replay.first) {
      cuts.push_back(place_id(ended.valid_through));
    }
  }
  stop_history();
  send_control(replay_end_message(recovered, told_missed, cuts));
  hub_.touch(*this);
  hub_.want_turn();
}

// --- the last N events of the view: backwards, until enough are found or the ring ends

void Session::start_tail(unsigned n_last) {
  stop_history();
  announce_rate_gap();
  tail_ = TailSearch{position_.live(), n_last};
  hub_.register_background(*this);
}

// The history on disk may be very long, and a filter may select nothing in it: so it ends some way back.
Seq Session::oldest_for_tail() {
  constexpr std::uint64_t kMostOnDisk = 1'000'000;
  const Seq in_ring = hub_.ring().cursor_at_tail().seq;
  const std::uint64_t head = hub_.head().value;
  const Seq back{head > kMostOnDisk ? head - kMostOnDisk : 1};
  return std::min(in_ring, std::max(back, hub_.history().oldest()));
}

Attendee::Background Session::run_tail(WorkBudget& budget) {
  if (!replay_quota_.acquire(identity_->user)) {
    return Background::kWaiting;
  }
  const RecordCache::WithDisk with_disk(hub_.records());
  const View& wanted = frames_->view();
  const Seq tail = oldest_for_tail();
  std::uint64_t n_left = kRecordsPerPart;
  while (tail_->first > tail && tail_->n_left > 0) {
    if (n_left-- == 0 || budget.exhausted()) {
      return Background::kMore;
    }
    const Seq at{tail_->first.value - 1};
    const RecordCache::Lookup found = hub_.records().find(at);
    if (found.record == nullptr && !hub_.history().has_segments()) {
      break;
    }
    if (found.record == nullptr) {  // damaged, or the disk was full
      tail_->first = at;
      budget.spend(WorkBudget::kParsed);
      continue;
    }
    const View::Selection selection = wanted.select(hub_.records(), *found.record);
    if (selection.verdict == View::Verdict::kSelected) {
      --tail_->n_left;
    }
    tail_->first = at;
    budget.spend(selection.cost);
  }
  const Seq first = tail_->first;
  tail_.reset();
  UserQuota quota = std::move(replay_quota_);  // the replay continues with it
  start_history(first, subscription(), 0);
  replay_quota_ = std::move(quota);
  return Background::kMore;
}

// --- debug steps

Attendee::Background Session::run_step(WorkBudget& budget) {
  if (!replay_quota_.acquire(identity_->user)) {
    return Background::kWaiting;
  }
  const RecordCache::WithDisk with_disk(hub_.records());
  std::uint64_t n_left = kRecordsPerPart;
  while (!closing() && step_->n_left > 0 && position_.live() <= hub_.head()) {
    if (connection_.busy()) {
      break;  // the answer says how many it got; it can ask again
    }
    if (n_left == 0 || budget.exhausted()) {
      return Background::kMore;
    }
    const Seq from = position_.live();
    const auto chunk =
        frames_->render(hub_.render_context(), from, hub_.head().next(), step_->n_left);
    n_left -= std::min<std::uint64_t>(n_left, chunk->end.value - from.value);
    position_.advance_live(chunk->end);
    if (chunk->lost) {
      announce_lost(from, chunk->end);
      continue;
    }
    step_->n_left -= chunk->n_events;
    step_->n_delivered += chunk->n_events;
    (void)deliver_chunk(chunk, hub_.turn_time());
  }
  finish_step();
  return Background::kDone;
}

void Session::finish_step() {
  const Step step = std::move(*step_);
  step_.reset();
  replay_quota_.release();
  Json extra = cursor_json();
  extra.set("delivered", static_cast<std::int64_t>(step.n_delivered));
  send_control(debug_message(step.action, true, extra));
  hub_.touch(*this);
}

}  // namespace ringside
