// Live events. The cursor is the queue: as long as the socket takes it, chunks go out and the cursor moves; when it does not,
// the cursor waits, and if the ring overtakes it meanwhile, the loss is counted and announced.
#include <algorithm>

#include "core/proto/server_message.hpp"
#include "module/session.hpp"
#include "module/session_debug.hpp"

namespace ringside {
namespace {

// Bound of a turn for one connection, so that one that is far behind does not hold up the rest.
constexpr std::size_t kBytesPerTurn = 512u << 10u;

}  // namespace

void Session::begin_stream(const ConnectionQuery& query) {
  if (closing()) {
    return;
  }
  if (info_of(endpoint_).serves_series) {
    hub_.series().start(hub_.records(), hub_.ring().cursor_at_tail().seq);
    separate_series();
    hub_.want_turn();
  }
  if (!query.since.empty()) {
    start_replay(query.since, subscription());
  } else if (query.tail) {
    start_tail(*query.tail);
  } else if (control_ == nullptr && !connection_.busy()) {
    FrameBuffer position;
    add_position(position);
    if (!position.empty()) {
      send_now(position);
    }
  }
}

// Called for every connection that is not idle at every turn: those with nothing to do must cost next to nothing.
Attendee::IdleUntil Session::pump_stream() {
  if (phase_ != Phase::kOpen || !hub_.attached()) {
    return closing() ? idle_until(Seq{~std::uint64_t{0}}) : IdleUntil{};
  }
  const bool plain = control_ == nullptr && !interval_ && !rate_gap_ && !snapshot_;
  if (plain) {
    if (position_.live() > hub_.head()) {
      return idle_until(position_.live());
    }
    if (waits_for_flush()) {
      return {next_flush_, Seq{position_.live().value + batch_size_ - 1}};
    }
  }
  if (connection_.busy()) {  // on_writable() follows
    connection_.request_writable();
    return idle_until(Seq{~std::uint64_t{0}});
  }
  if (!flush_control() || paused() || has_history() || deferred_) {
    return {};
  }
  const MonoTime now = hub_.clock().mono_now();
  WorkBudget& budget = *hub_.render_context().budget;
  if (interval_ && !snapshot_) {
    begin_interval_snapshot(now);
  }
  if (snapshot_) {
    hub_.register_background(*this);
  } else if (position_.live() <= hub_.head() || rate_gap_) {
    if (!frames_->view().is_costly() || (!hub_.comes_last(*this) && !defer_if_overdrawn(now))) {
      deliver_live(budget);
    }
  }
  return {};
}

Attendee::Background Session::run_background(WorkBudget& budget) {
  if (closing() || phase_ != Phase::kOpen) {
    return Background::kDone;
  }
  if ((has_history() || snapshot_) && (connection_.busy() || control_ != nullptr)) {
    connection_.request_writable();
    return Background::kWaiting;
  }
  if (step_) {
    return run_step(budget);
  }
  if (paused()) {
    return has_history() || deferred_ ? Background::kWaiting : Background::kDone;
  }
  if (tail_) {
    return run_tail(budget);
  }
  if (position_.replaying()) {
    return run_replay(budget);
  }
  if (snapshot_) {
    return run_snapshot(budget);
  }
  return deferred_ ? run_deferred(budget) : Background::kDone;
}

void Session::deliver_live(WorkBudget& budget) {
  const MonoTime now = hub_.clock().mono_now();
  if (max_rate_ && events_.roll(now)) {
    announce_rate_gap();
  }
  if (wants_slow_snapshot()) {
    if (!hub_.series().caught_up(hub_.records())) {
      hub_.want_turn();  // the table of series is read in the background: it has its slice before the next turn
      return;
    }
    begin_slow_snapshot();
    hub_.register_background(*this);
    return;
  }
  std::size_t n_bytes = 0;
  while (!closing() && position_.live() <= hub_.head()) {
    if (connection_.busy()) {
      connection_.request_writable();
      return;
    }
    if (n_bytes > kBytesPerTurn || budget.exhausted()) {
      hub_.want_turn();
      return;
    }
    const Seq limit = debug_limit();
    if (limit <= position_.live() || held_by_flush(now)) {
      return;
    }
    const RecordCache::WithDisk with_disk(hub_.records(), debug_ != nullptr);
    const auto chunk = next_live_chunk(limit);
    if (chunk == nullptr) {
      continue;
    }
    n_bytes += chunk->frames.size();
    position_.advance_live(chunk->end);
    if (!deliver_chunk(chunk, now)) {
      return;
    }
    if (chunk->n_events > 0) {
      set_next_flush(now);
    }
  }
}

// Moves on without a chunk over what the view does not select. Returns whether nothing is left for now.
bool Session::pass_over(Seq limit) {
  if (!frames_->view().is_indexed()) {
    return false;
  }
  RenderContext& context = hub_.render_context();
  const FrameCache::Passed passed = frames_->pass_over(context, position_.live(), limit);
  n_denied_ += passed.n_denied;
  n_filtered_ += passed.n_filtered;
  if (passed.end > position_.live()) {
    position_.advance_live(passed.end);
  }
  return passed.end >= limit || context.budget->exhausted();
}

// The chunk to send next; null when a loss or max_rate moved the cursor instead.
std::shared_ptr<Chunk> Session::next_live_chunk(Seq limit) {
  RenderContext& context = hub_.render_context();
  const bool costly = frames_->view().is_costly();
  const auto begin = costly ? hub_.clock().thread_cpu() : std::chrono::nanoseconds(0);
  if (!max_rate_ && debug_ == nullptr && pass_over(limit)) {
    return nullptr;
  }
  auto chunk = frames_->chunk(context, position_.live(), limit);
  const std::uint32_t left = max_rate_ ? *max_rate_ - std::min(*max_rate_, events_.used()) : 0;
  if (left != 0 && chunk->n_events > left) {
    // Its records may be gone by now.
    chunk = frames_->render(context, position_.live(), limit, left);
  }
  if (chunk->lost) {
    const Seq from = position_.live();
    position_.advance_live(chunk->end);
    announce_lost(from, chunk->end);
    chunk = nullptr;
  } else if (max_rate_ && left == 0) {
    skip_over_rate(*chunk);
    chunk = nullptr;
  } else if (max_rate_) {
    events_.use(chunk->n_events);
  }
  if (costly) {
    account_->filters.charge(hub_.clock().thread_cpu() - begin);
  }
  return chunk;
}

// Sends a chunk's frames. The caller has moved the cursor. Returns false when the connection is lost.
bool Session::deliver_chunk(const std::shared_ptr<Chunk>& chunk, MonoTime now) {
  n_denied_ += chunk->n_denied;
  n_filtered_ += chunk->n_filtered;
  if (chunk->frames.empty()) {
    return true;
  }
  n_sent_ += chunk->n_events;
  n_bytes_ += chunk->frames.size();
  hub_.stats().count_chunk(*chunk);
  if (!has_history()) {
    hub_.stats().count_lag(hub_.lag_of(chunk->oldest, now), chunk->n_events);
    if (position_.live() > hub_.head() && !deferred_ && hub_.send_later(*this, chunk)) {
      return true;  // it is the last of this turn
    }
  }
  send_chunk(*chunk);
  return !closing();
}

void Session::send_chunk(Chunk& chunk) {
  connection_.note_plain(chunk.frames.plain());
  if (!connection_.send(chunk.frames.frames())) {
    connection_lost();
  }
}

// --- flush_ms: at most one write in that time, unless a batch is full before it has ended

// The usual case of held_by_flush(), which needs neither the clock nor the frames.
bool Session::waits_for_flush() {
  if (next_flush_ <= hub_.turn_time() || position_.live_behind(hub_.head()) >= batch_size_) {
    return false;
  }
  hub_.call_at(next_flush_);
  return true;
}

bool Session::held_by_flush(MonoTime now) {
  if (flush_.count() == 0 || now >= next_flush_) {
    return false;
  }
  if (position_.live_behind(hub_.head()) >= batch_size_) {
    const auto chunk = frames_->chunk(hub_.render_context(), position_.live(), hub_.head().next());
    if (chunk->lost || chunk->n_events >= batch_size_) {
      return false;
    }
  }
  hub_.call_at(next_flush_);
  return true;
}

// Ticks are the same for all connections with this interval, so that they find the same chunk.
void Session::set_next_flush(MonoTime now) noexcept {
  if (flush_.count() > 0) {
    const auto ticks = now.time_since_epoch() / flush_ + 1;
    next_flush_ = MonoTime(ticks * std::chrono::nanoseconds(flush_));
  }
}

// --- losses

// Moves past events that max_rate does not let through, counting them until the second has ended.
void Session::skip_over_rate(const Chunk& chunk) {
  position_.advance_live(chunk.end);
  n_denied_ += chunk.n_denied;
  n_filtered_ += chunk.n_filtered;
  if (chunk.n_events == 0) {
    return;
  }
  if (!rate_gap_) {
    rate_gap_ = RateGap{chunk.first_event, chunk.last_event, 0};
  }
  rate_gap_->to = chunk.last_event;
  rate_gap_->missed += chunk.n_events;
  hub_.call_at(events_.ends());
}

void Session::announce_rate_gap() { announce_rate_gap(hub_.epoch()); }

void Session::announce_rate_gap(Epoch epoch) {
  if (!rate_gap_) {
    return;
  }
  const auto id_in_epoch = [&](Seq seq) {
    return format_event_id({epoch, hub_.event_for(role(), seq).seq});
  };
  const RateGap gap = *rate_gap_;
  rate_gap_.reset();
  hub_.count(Counter::kGapsRate);
  hub_.count(Counter::kEventsMissed, gap.missed);
  n_missed_ += gap.missed;
  send_control(gap_message("rate", gap.missed, id_in_epoch(gap.from), id_in_epoch(gap.to)));
}

// [from, next) was overwritten before this connection could take it.
void Session::announce_lost(Seq from, Seq next) {
  announce_rate_gap();
  const std::uint64_t missed = next.value - from.value;
  hub_.count(Counter::kGapsLapped);
  hub_.count(Counter::kEventsMissed, missed);
  n_missed_ += missed;
  send_control(gap_message("lapped", told(missed), place_id(from), place_id(Seq{next.value - 1})));
  if (deferred_) {
    close(CloseCode::kSlowConsumer, "its filters use more than their share of processor time");
  } else if (endpoint_ == Endpoint::kEvents && vhost_.options().slow_events == SlowPolicy::kClose) {
    close(CloseCode::kSlowConsumer);
  }
}

// The same ids in another file: the cursor stays. What the new ring does not have any more is found and announced as for
// every cursor that is behind the tail; a ring that is still being filled is waited for.
void Session::on_new_ring() {
  if (phase_ != Phase::kOpen) {
    return;
  }
  set_view(role(), subscription());
  if (info_of(endpoint_).serves_series) {
    snapshot_.reset();
    interval_seen_ = Seq{0};
    hub_.series().start(hub_.records(), hub_.ring().cursor_at_tail().seq);
    separate_series();
  }
}

// The events that the old ring still held and this connection had not taken are lost with it; their number is known
// exactly. Where the history continues, only those after the last one that is valid are lost, and the connection continues
// with the next one that it does not have.
void Session::on_new_epoch(EventId last) {
  if (phase_ != Phase::kOpen) {
    return;
  }
  const std::optional<Seq> valid = hub_.ring().lineage().end_of(last.epoch);
  const Seq from = valid ? position_.at() : position_.live();
  stop_history();
  debug_.reset();
  announce_rate_gap(last.epoch);
  snapshot_.reset();
  deferred_ = false;
  const Seq lost_from = std::min(valid ? std::max(from, valid->next()) : from, last.seq.next());
  const std::uint64_t missed = last.seq.value + 1 - lost_from.value;
  const Seq tail = hub_.ring().cursor_at_tail().seq;
  set_view(role(), subscription());
  position_.set_live(valid ? std::min(from, valid->next()) : tail);
  interval_seen_ = Seq{0};
  if (info_of(endpoint_).serves_series) {
    hub_.series().start(hub_.records(), tail);
    separate_series();
  }
  hub_.count(Counter::kEventsMissed, missed);
  n_missed_ += missed;
  const EventId old_place{last.epoch, hub_.place_for(role(), from).seq};
  send_control(
      gap_message("epoch", told(missed), format_event_id(old_place), place_id(position_.live())));
  welcome();
}

}  // namespace ringside
