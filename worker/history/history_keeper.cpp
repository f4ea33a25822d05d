// A sync of a spinning disk takes a quarter of a second, so it is never done on the loop. A write goes to the page cache
// and takes microseconds, and there is one for each turn.
//
// The buffer is flushed before it is a quarter of the ring, so that an event is always in at least one of the two: readers
// look into the segments for what the ring has lost.
#include "worker/history/history_keeper.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <future>
#include <utility>

#include "core/base/log.hpp"
#include "worker/history/history_ring.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMostBuffered = 256u << 10u;
constexpr std::size_t kCopiedPerTurn = 1u << 20u;
constexpr std::uint64_t kLargestSegment = std::uint64_t{64} << 20U;
constexpr std::uint64_t kLeastSegment = std::uint64_t{256} << 10U;
constexpr std::uint64_t kSegmentsKept = 16;  // at least, so that little goes at once

[[nodiscard]] SegmentOptions segment_options(const HistoryOptions& options) {
  return {options.dir,
          std::clamp(options.max_bytes / kSegmentsKept, kLeastSegment, kLargestSegment),
          std::chrono::nanoseconds(options.max_age) / static_cast<std::int64_t>(kSegmentsKept)};
}

}  // namespace

// One sync: made on the loop, run on the pool, and waited for by whoever stops in between.
struct HistoryKeeper::SyncJob {
  explicit SyncJob(SegmentSync what) : sync(std::move(what)), result(done.get_future().share()) {}
  SegmentSync sync;
  std::promise<Status> done;
  std::shared_future<Status> result;
  HistoryKeeper* keeper = nullptr;  // null when it does not wait for this any more
};

Result<HistoryKeeper::Opened> HistoryKeeper::open(uv_loop_t& loop, const HistoryOptions& options,
                                                  const RingOptions& ring, const Clock& clock) {
  Result<std::unique_ptr<SegmentStore>> store = SegmentStore::open(segment_options(options), clock);
  if (!store) {
    return tl::unexpected<Error>(store.error());
  }
  Result<HistoryRing> opened = open_history_ring(ring, **store, options.dir, clock);
  if (!opened) {
    return tl::unexpected<Error>(opened.error());
  }
  std::unique_ptr<HistoryKeeper> keeper(
      new HistoryKeeper(loop, options, std::move(*store), *opened->ring, clock));
  keeper->n_lost_ = opened->n_lost;
  return Opened{std::move(keeper), std::move(opened->ring)};
}

HistoryKeeper::HistoryKeeper(uv_loop_t& loop, const HistoryOptions& options,
                             std::unique_ptr<SegmentStore> store, const RingWriter& ring,
                             const Clock& clock)
    : loop_(loop),
      options_(options),
      clock_(clock),
      store_(std::move(store)),
      ring_(RingReader::over(ring.bytes()).value()),  // the writer's own file
      flush_bytes_(std::min(kMostBuffered, ring.max_record_bytes())),
      state_(store_->next() == ring.next_seq() ? State::kRunning : State::kStopped),
      sync_timer_(&loop, [this] { start_sync(); }),
      copy_timer_(&loop, [this] { copy_some(); }) {
  restart_timer();
}

HistoryKeeper::~HistoryKeeper() {
  if (job_ != nullptr) {
    job_->keeper = nullptr;
  }
}

void HistoryKeeper::set_control(ControlSegment& control) {
  control_ = &control;
  beat();
}

void HistoryKeeper::set_options(const HistoryOptions& options) {
  options_ = options;
  restart_timer();
}

void HistoryKeeper::restart_timer() {
  sync_timer_.start(options_.sync_interval, options_.sync_interval);
}

// --- events

void HistoryKeeper::add(const RingAppender::LastRecord& record) {
  if (state_ != State::kRunning) {
    return;  // it is copied from the ring
  }
  store_->add(record.header, record.payload);
  if (store_->n_buffered() >= flush_bytes_) {
    flush();
  }
}

void HistoryKeeper::flush() {
  if (Status flushed = store_->flush(); !flushed) {
    stop_with(flushed.error());
  }
}

void HistoryKeeper::end_turn() {
  if (state_ != State::kRunning || store_->n_buffered() == 0) {
    return;
  }
  flush();
  if (options_.sync_each_batch) {
    start_sync();
  }
}

void HistoryKeeper::stop_with(const Error& why) {
  count(Counter::kHistoryErrors, 1);
  copy_timer_.stop();
  if (std::exchange(state_, State::kStopped) != State::kStopped) {
    log::error("{}: the history on disk stops until it can be written; events stay in the ring",
               why.message);
  }
}

// The way back, after the disk has taken nothing for a while.
void HistoryKeeper::copy_some() {
  const Result<CatchUp> copied = catch_up(*ring_, *store_, kCopiedPerTurn);
  if (!copied) {
    stop_with(copied.error());
    return;
  }
  n_lost_ += copied->n_lost;
  if (!copied->done) {
    state_ = State::kCatchingUp;
    copy_timer_.start(kNextTurn);
    return;
  }
  if (std::exchange(state_, State::kRunning) != State::kRunning) {
    log::info("the history on disk continues at event {}", store_->next().value);
  }
}

void HistoryKeeper::beat() {
  if (state_ == State::kStopped) {
    copy_some();
  }
  const std::uint64_t n_removed =
      store_->retain({options_.max_bytes, options_.max_age}, clock_.wall_now(), 1);
  count(Counter::kHistoryRemoved, n_removed);
  count(Counter::kHistoryLost, std::exchange(n_lost_, control_ != nullptr ? 0 : n_lost_));
  set_gauge(Counter::kHistoryBytes, shown_bytes_, store_->n_bytes());
  set_gauge(Counter::kHistorySegments, shown_segments_, store_->n_segments());
  set_gauge(Counter::kHistoryStopped, shown_stopped_, state_ == State::kRunning ? 0 : 1);
}

void HistoryKeeper::count(Counter counter, std::uint64_t n) {
  if (control_ != nullptr && n != 0) {
    control_->add(counter, n);
  }
}

void HistoryKeeper::set_gauge(Counter counter, std::uint64_t& shown, std::uint64_t now) {
  if (control_ == nullptr || shown == now) {
    return;
  }
  if (now > shown) {
    control_->add(counter, now - shown);
  } else {
    control_->sub(counter, shown - now);
  }
  shown = now;
}

// --- to the disk

void HistoryKeeper::start_sync() {
  std::optional<SegmentSync> sync = store_->take_sync();
  if (!sync) {
    return;
  }
  job_ = std::make_shared<SyncJob>(std::move(*sync));
  job_->keeper = this;
  const auto run = [job = job_] { job->done.set_value(job->sync.run()); };
  const auto done = [job = job_] {
    if (job->keeper != nullptr) {
      job->keeper->finish_sync(job);
    }
  };
  if (!run_on_pool(&loop_, run, done)) {
    run();
    finish_sync(job_);
  }
}

void HistoryKeeper::finish_sync(const std::shared_ptr<SyncJob>& job) {
  const Status result = job->result.get();
  store_->on_synced(job->sync, result);
  job_.reset();
  if (!result) {
    stop_with(result.error());
    return;
  }
  if (on_synced_) {
    on_synced_();
  }
  if (options_.sync_each_batch) {
    start_sync();  // what came meanwhile
  }
}

void HistoryKeeper::stop() {
  sync_timer_.stop();
  copy_timer_.stop();
  end_turn();
  if (job_ != nullptr) {
    const std::shared_ptr<SyncJob> job = job_;
    job->keeper = nullptr;
    const bool batch = std::exchange(options_.sync_each_batch, false);
    finish_sync(job);
    options_.sync_each_batch = batch;
  }
  if (state_ == State::kStopped) {
    copy_some();
  }
  while (state_ == State::kCatchingUp) {
    copy_some();
  }
  copy_timer_.stop();
  if (state_ != State::kRunning) {
    return;
  }
  if (Status stopped = store_->stop(); !stopped) {
    stop_with(stopped.error());
  } else if (on_synced_) {
    on_synced_();
  }
}

}  // namespace ringside
