// What the client gets. The cursor is the queue: as long as the socket takes it, chunks go out and
// the cursor moves; when it does not, the cursor waits, and if the ring overtakes it meanwhile, the
// loss is counted and told.
#include <algorithm>

#include "core/proto/server_message.hpp"
#include "module/session.hpp"
#include "module/session_debug.hpp"

namespace ringside {
namespace {

// A turn's bound for one connection, so that one that is far behind does not hold up the rest.
constexpr std::size_t kBytesPerTurn = 512u << 10u;
constexpr std::uint64_t kRecordsPerTurn = 16'384;
// A metrics client further behind than this gets the latest of each series instead of every value.
constexpr std::uint64_t kMetricsSlowRecords = 4'096;

}  // namespace

void Session::begin_stream() {
  if (closing_) {
    return;
  }
  if (endpoint_ == Endpoint::kMetrics) {
    hub_.series().start(hub_.records(), hub_.ring().cursor_at_tail().seq);
    hub_.want_turn();
  }
  if (!query_.since.empty()) {
    start_replay(query_.since, subscription());
  } else if (query_.tail) {
    start_tail(*query_.tail);
  }
  pump();
}

std::uint64_t Session::n_behind() const noexcept {
  return cursor_ <= hub_.head() ? hub_.head().value - cursor_.value + 1 : 0;
}

Hub::Rest Session::pump() {
  if (closing_ || phase_ != Phase::kOpen || !hub_.attached()) {
    return {};
  }
  // Called for every connection at every turn: those with nothing to do must cost next to nothing.
  if (control_ == nullptr && !query_.interval && !rate_gap_) {
    if (cursor_ > hub_.head()) {
      return {};
    }
    if (waits_for_flush()) {
      return {next_flush_, Seq{cursor_.value + batch_size_ - 1}};
    }
  }
  if (connection_.busy()) {
    connection_.request_writable();
    return {};
  }
  if (!flush_control() || paused() || replay_) {
    return {};
  }
  if (query_.interval) {
    deliver_interval(hub_.clock().mono_now());
  }
  if (cursor_ <= hub_.head() || rate_gap_) {
    deliver_live();
  }
  return {};
}

void Session::deliver_live() {
  const MonoTime now = hub_.clock().mono_now();
  if (query_.max_rate && events_.roll(now)) {
    tell_rate_gap();
  }
  if (endpoint_ == Endpoint::kMetrics && !query_.interval && n_behind() > kMetricsSlowRecords &&
      hub_.series().caught_up(hub_.records()) && debug_ == nullptr) {
    const Seq from = cursor_;
    const auto latest =
        hub_.series().render(hub_.render_context(), frames_->view(), shape(), Seq{from.value - 1});
    const std::uint64_t missed = latest->end.value - from.value - latest->n_events;
    hub_.count(Counter::kEventsMissed, missed);
    send_control(
        gap_message("slow", missed, hub_.id_of(from), hub_.id_of(Seq{latest->end.value - 1})));
    if (!closing_ && !connection_.busy() && deliver_chunk(latest, now)) {
      cursor_ = latest->end;
    }
    return;
  }
  std::size_t n_bytes = 0;
  const Seq turn_ends{cursor_.value + kRecordsPerTurn};
  while (!closing_ && cursor_ <= hub_.head()) {
    if (connection_.busy()) {
      connection_.request_writable();
      return;
    }
    if (n_bytes > kBytesPerTurn || cursor_ >= turn_ends) {
      hub_.want_turn();
      return;
    }
    if (held_by_flush(now)) {
      return;
    }
    const Seq limit = debug_limit();
    if (limit <= cursor_) {
      return;
    }
    auto chunk = frames_->chunk(hub_.render_context(), cursor_, limit);
    if (chunk->lost) {
      tell_lost(cursor_, chunk->end);
      cursor_ = chunk->end;
      continue;
    }
    if (query_.max_rate) {
      const std::uint32_t left = *query_.max_rate - std::min(*query_.max_rate, events_.used());
      if (left == 0) {
        skip_over_rate(*chunk);
        continue;
      }
      if (chunk->n_events > left) {
        chunk = frames_->render(hub_.render_context(), cursor_, limit, left);
      }
      events_.use(chunk->n_events);
    }
    n_bytes += chunk->frames.size();
    cursor_ = chunk->end;
    if (!deliver_chunk(chunk, now)) {
      return;
    }
    if (flush_.count() > 0 && chunk->n_events > 0) {
      // Ticks are the same for all connections with this interval, so that they find the same
      // chunk.
      const auto ticks = now.time_since_epoch() / flush_ + 1;
      next_flush_ = MonoTime(ticks * std::chrono::nanoseconds(flush_));
    }
  }
}

// Sends a chunk's frames. The caller has moved the cursor. Returns false when the connection is
// lost.
bool Session::deliver_chunk(const std::shared_ptr<Chunk>& chunk, MonoTime now) {
  n_denied_ += chunk->n_denied;
  n_filtered_ += chunk->n_filtered;
  if (chunk->frames.empty()) {
    return true;
  }
  n_sent_ += chunk->n_events;
  hub_.count_delivery(*chunk);
  if (!replay_) {
    hub_.count_lag(chunk->oldest, chunk->n_events, now);
  }
  if (cursor_ > hub_.head() && !replay_ && hub_.send_later(*this, chunk)) {
    return true;  // it is the last of this turn
  }
  send_frames(*chunk);
  return !closing_;
}

void Session::send_frames(Chunk& chunk) {
  if (!connection_.send(chunk.frames.frames())) {
    closing_ = true;
  }
}

// The usual case of held_by_flush(), which needs neither the clock nor the frames.
bool Session::waits_for_flush() {
  if (next_flush_ <= hub_.turn_time() || n_behind() >= batch_size_) {
    return false;
  }
  hub_.call_at(next_flush_);
  return true;
}

// With flush_ms: at most one write in that time, unless a batch is full before it is over.
bool Session::held_by_flush(MonoTime now) {
  if (flush_.count() == 0 || now >= next_flush_) {
    return false;
  }
  if (n_behind() >= batch_size_) {
    const auto chunk = frames_->chunk(hub_.render_context(), cursor_, hub_.head().next());
    if (chunk->lost || chunk->n_events >= batch_size_) {
      return false;
    }
  }
  hub_.call_at(next_flush_);
  return true;
}

// Moves past what max_rate does not let through, counting it until the second is over.
void Session::skip_over_rate(const Chunk& chunk) {
  cursor_ = chunk.end;
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

void Session::tell_rate_gap() {
  if (!rate_gap_) {
    return;
  }
  const RateGap gap = *rate_gap_;
  rate_gap_.reset();
  hub_.count(Counter::kGapsRate);
  hub_.count(Counter::kEventsMissed, gap.missed);
  send_control(gap_message("rate", gap.missed, hub_.id_of(gap.from), hub_.id_of(gap.to)));
}

// [from, next) was overwritten before this connection could take it.
void Session::tell_lost(Seq from, Seq next) {
  const std::uint64_t missed = next.value - from.value;
  hub_.count(Counter::kGapsLapped);
  hub_.count(Counter::kEventsMissed, missed);
  send_control(gap_message("lapped", missed, hub_.id_of(from), hub_.id_of(Seq{next.value - 1})));
  if (endpoint_ == Endpoint::kEvents && vhost_.options().slow_events == SlowPolicy::kClose) {
    close(CloseCode::kSlowConsumer);
  }
}

// What the old ring still held and this connection had not taken is gone with it; that is known
// exactly.
void Session::on_new_epoch(EventId last) {
  if (closing_ || phase_ != Phase::kOpen) {
    return;
  }
  end_replay();
  debug_.reset();
  rate_gap_.reset();
  const Seq from = cursor_;
  const std::uint64_t missed = last.seq.value + 1 - std::min(from.value, last.seq.value + 1);
  set_view(role(), subscription());
  cursor_ = hub_.ring().cursor_at_tail().seq;
  interval_seen_ = Seq{0};
  if (endpoint_ == Endpoint::kMetrics) {
    hub_.series().start(hub_.records(), cursor_);
  }
  hub_.count(Counter::kEventsMissed, missed);
  send_control(
      gap_message("epoch", missed, format_event_id({last.epoch, from}), hub_.id_of(cursor_)));
  welcome();
  pump();
}

// --- history
// -------------------------------------------------------------------------------------------------------------------

// `since` was checked where it came in: it is a time or an id.
void Session::start_replay(std::string_view since, const Subscription& what) {
  const auto& ring = hub_.ring();
  Seq first = cursor_;
  std::uint64_t missed = 0;
  bool epoch_changed = false;
  if (const auto id = parse_event_id(since)) {
    epoch_changed = id->epoch != hub_.epoch();
    // An id of another epoch: everything in this one came after it.
    const RingReader::Seek seek = ring.seek_seq(epoch_changed ? Seq{1} : id->seq.next());
    first = seek.cursor.seq;
    missed = seek.missed;
  } else if (const auto time = parse_rfc3339(since)) {
    const RingReader::Seek seek = ring.seek_time(*time);
    first = seek.cursor.seq;
    missed = seek.missed;
  }
  start_history(std::min(first, cursor_), cursor_, what, missed);
  replay_->epoch_changed = epoch_changed;
}

void Session::start_history(Seq first, Seq limit, const Subscription& what, std::uint64_t missed) {
  end_replay();
  replay_.emplace();
  hub_.replay_begins(*this);
  replay_->frames = hub_.frame_cache(role(), what, shape());
  replay_->cursor = first;
  replay_->limit = limit;
  replay_->missed = missed;
  hub_.want_turn();
  hub_.call_at(hub_.clock().mono_now());
}

// The last N events of the view: block by block backwards, until enough are found or the ring ends.
void Session::start_tail(unsigned n_last) {
  const Seq tail = hub_.ring().cursor_at_tail().seq;
  Seq first = cursor_;
  unsigned n_found = 0;
  while (first > tail && n_found < n_last) {
    --first.value;
    const RecordCache::Lookup found = hub_.records().find(first);
    if (found.record == nullptr) {
      first = first.next();
      break;
    }
    if (frames_->view().select(hub_.records(), *found.record).verdict == View::Verdict::kSelected) {
      ++n_found;
    }
  }
  start_history(first, cursor_, subscription(), 0);
}

void Session::pump_replay() {
  if (!replay_ || closing_ || paused() || connection_.busy() || control_ != nullptr) {
    return;
  }
  Replay& replay = *replay_;
  if (!replay.has_quota) {
    ControlSegment* control = hub_.control();
    const unsigned limit = vhost_.options().limit_replays_per_user;
    if (limit != 0 && control != nullptr &&
        !control->try_acquire(ControlSegment::Quota::kReplays, identity_->user, limit)) {
      return;  // the user's other replays come first; tried again at each turn
    }
    replay.has_quota = true;
    hub_.count(Counter::kReplays);
    hub_.count(Counter::kReplaysStarted);
  }
  std::size_t n_bytes = 0;
  const Seq turn_ends{replay.cursor.value + kRecordsPerTurn};
  while (replay.cursor < replay.limit) {
    if (connection_.busy()) {
      connection_.request_writable();
      return;
    }
    if (n_bytes > vhost_.options().replay_bytes_per_turn || replay.cursor >= turn_ends) {
      hub_.want_turn();
      return;
    }
    const Seq limit = debug_ != nullptr ? std::min(replay.limit, debug_limit()) : replay.limit;
    if (limit <= replay.cursor) {
      return;
    }
    const auto chunk = replay.frames->chunk(hub_.render_context(), replay.cursor, limit);
    if (chunk->lost) {
      const Seq next = std::min(chunk->end, replay.limit);
      replay.missed += next.value - replay.cursor.value;
      replay.cursor = next;
      continue;
    }
    n_bytes += chunk->frames.size();
    replay.cursor = chunk->end;
    if (!deliver_chunk(chunk, hub_.turn_time())) {
      return;
    }
  }
  const bool recovered = replay.missed == 0 && !replay.epoch_changed;
  hub_.count(Counter::kEventsMissed, replay.missed);
  send_control(replay_end_message(recovered, replay.missed));
  end_replay();
  pump();
}

void Session::end_replay() {
  release_replay_quota();
  replay_.reset();
  hub_.replay_ends(*this);
}

void Session::release_replay_quota() noexcept {
  if (replay_ && replay_->has_quota) {
    replay_->has_quota = false;
    hub_.uncount(Counter::kReplays);
    if (hub_.control() != nullptr && vhost_.options().limit_replays_per_user != 0) {
      hub_.control()->release(ControlSegment::Quota::kReplays, identity_->user);
    }
  }
}

// --- /metrics with an interval
// ---------------------------------------------------------------------------------------------------

// A snapshot of the current values first, then at each tick the latest of each series that has a
// new one. What is not a metric goes by the ordinary path, through a view that leaves metrics out
// (see set_view).
void Session::deliver_interval(MonoTime now) {
  SeriesTable& series = hub_.series();
  if (now < next_interval_ || !series.caught_up(hub_.records())) {
    if (next_interval_ > now) {
      hub_.call_at(next_interval_);
    }
    return;
  }
  // Ticks are the same for all connections with this interval, so that they wake the process once.
  const std::chrono::nanoseconds interval = *query_.interval;
  next_interval_ = MonoTime((now.time_since_epoch() / interval + 1) * interval);
  hub_.call_at(next_interval_);
  const auto latest =
      series.render(hub_.render_context(), *interval_view_, shape(), interval_seen_);
  interval_seen_ = Seq{latest->end.value - 1};
  (void)deliver_chunk(latest, now);
}

}  // namespace ringside
