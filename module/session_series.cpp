// Snapshots of metric series: the latest value of each, for a connection with an interval and for one on /metrics that is
// too slow for every value. They go out in slices, ordered by sequence, so that a position in the table is a sequence: a
// connection that does not read keeps a number, not a buffer.
#include <algorithm>

#include "core/proto/server_message.hpp"
#include "module/session.hpp"
#include "module/session_debug.hpp"

namespace ringside {
namespace {

// A metrics client further behind than this gets the latest of each series instead of every value.
constexpr std::uint64_t kSlowRecords = 4'096;

}  // namespace

bool Session::wants_slow_snapshot() noexcept {
  return info_of(endpoint_).serves_series && !interval_ && debug_ == nullptr &&
         position_.live_behind(hub_.head()) > kSlowRecords;
}

void Session::begin_slow_snapshot() {
  const Seq seen{position_.live().value - 1};
  snapshot_ = Snapshot{seen, seen, 0, true};
}

// A snapshot of the current values first, then at each tick the latest of each series that has a new one. Events other
// than metrics go by the ordinary path, through a view that leaves metrics out (see set_view).
void Session::begin_interval_snapshot(MonoTime now) {
  if (now < next_interval_ || !hub_.series().caught_up(hub_.records())) {
    if (next_interval_ > now) {
      hub_.call_at(next_interval_);
    }
    return;
  }
  // Ticks are the same for all connections with this interval, so that they wake the process once.
  const std::chrono::nanoseconds interval = *interval_;
  next_interval_ = MonoTime((now.time_since_epoch() / interval + 1) * interval);
  hub_.call_at(next_interval_);
  announce_series_left_out(interval_seen_);
  snapshot_ = Snapshot{interval_seen_, interval_seen_, 0, false};
}

// A snapshot is up to 16 MiB, and whoever connects may ask for one, so it waits for what is live: a piece, then it is
// someone else's turn.
Attendee::Background Session::run_snapshot(WorkBudget& budget) {
  SeriesTable& series = hub_.series();
  const View& wanted = interval_ ? *interval_view_ : frames_->view();
  while (snapshot_->at.next() < series.next()) {
    const auto chunk = series.render(hub_.render_context(), wanted, shape(), snapshot_->at);
    snapshot_->at = Seq{chunk->end.value - 1};
    snapshot_->n_sent += chunk->n_events;
    n_denied_ += chunk->n_denied;
    n_filtered_ += chunk->n_filtered;
    if (!chunk->frames.empty()) {
      n_sent_ += chunk->n_events;
      n_bytes_ += chunk->frames.size();
      hub_.stats().count_chunk(*chunk);
      budget.spend(WorkBudget::kCostly);
      send_chunk(*chunk);
      return closing() ? Background::kDone : Background::kMore;
    }
    if (budget.exhausted()) {
      return Background::kMore;
    }
  }
  finish_snapshot();
  hub_.touch(*this);  // the live stream continues
  hub_.want_turn();
  return Background::kDone;
}

void Session::finish_snapshot() {
  const Snapshot done = *snapshot_;
  snapshot_.reset();
  if (!done.for_slow_client) {
    interval_seen_ = done.at;
    return;
  }
  const Seq from = done.from.next();
  const std::uint64_t missed = done.at.value - done.from.value - done.n_sent;
  position_.advance_live(done.at.next());
  hub_.count(Counter::kEventsMissed, missed);
  n_missed_ += missed;
  send_control(gap_message("slow", told(missed), place_id(from), place_id(done.at)));
}

// Values that the table could not keep, for want of memory: the client gets the next value of such a series, if it comes.
void Session::announce_series_left_out(Seq after) {
  const std::uint64_t missed = hub_.series().n_left_out(after);
  if (missed == 0) {
    return;
  }
  hub_.count(Counter::kGapsSeries);
  hub_.count(Counter::kEventsMissed, missed);
  n_missed_ += missed;
  send_control(gap_message("series", told(missed), place_id(after.next()), place_id(hub_.head())));
}

}  // namespace ringside
