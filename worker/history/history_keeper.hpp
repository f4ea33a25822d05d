#pragma once
// HistoryKeeper: writes what enters the ring to segments on disk, syncs them, and removes the oldest.
//
//   append  add()          for each event, after the ring has it
//           end_turn()     one write for all of a turn
//   sync    on libuv's pool, each interval, or for each turn when acknowledgements wait for it
//
// When the disk does not take events, the history on disk stops, and the ring continues. With each beat it is tried again from
// the place in the ring where it stopped; events that the ring has lost by then are counted.
//
// Threads: the loop's; syncs are done on libuv's pool. The loop must run until work that has begun is done, also after the
// keeper is gone.
//   Source: docs/history-on-disk.md.

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/control/control_segment.hpp"
#include "core/ring/reader.hpp"
#include "core/ring/writer.hpp"
#include "core/segments/segment_store.hpp"
#include "worker/net/loop_handles.hpp"

namespace ringside {

struct HistoryOptions {
  std::string dir;
  std::uint64_t max_bytes = 0;
  std::chrono::milliseconds max_age{0};
  std::chrono::milliseconds sync_interval{0};
  bool sync_each_batch = false;  // and acknowledgements wait for it
};

class HistoryKeeper {
 public:
  // Makes the directory where needed, and opens ring and segments together: see worker/history/history_ring.hpp.
  //   Errors: the directory or the ring cannot be used.
  struct Opened {
    std::unique_ptr<HistoryKeeper> keeper;
    std::unique_ptr<RingWriter> ring;
  };
  [[nodiscard]] static Result<Opened> open(uv_loop_t& loop, const HistoryOptions& options,
                                           const RingOptions& ring, const Clock& clock);
  ~HistoryKeeper();
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;

  // Where it counts; until then it does not.
  void set_control(ControlSegment& control);
  // How much is kept, and when it is synced.
  void set_options(const HistoryOptions& options);
  // Called when a sync is done: more events may be acknowledged.
  void on_synced(std::function<void()> callback) { on_synced_ = std::move(callback); }

  // The record that the ring has just taken.
  void add(const RingAppender::LastRecord& record);
  void end_turn();
  // Now and then, at least each second: tries again, removes what is too old, counts.
  void beat();
  // Writes and syncs everything, with the mark of a clean stop. Waits for a sync that is out.
  void stop();

  // Whether acknowledgements wait for the disk. Not while it takes nothing.
  [[nodiscard]] bool delays_acks() const noexcept {
    return options_.sync_each_batch && state_ == State::kRunning;
  }
  // Everything before this sequence is on disk.
  [[nodiscard]] Seq synced() const noexcept { return store_->synced(); }

 private:
  enum class State {
    kRunning,     // has all that the ring has
    kCatchingUp,  // copies from the ring, a part in each turn
    kStopped,     // the disk takes nothing
  };
  struct SyncJob;

  HistoryKeeper(uv_loop_t& loop, const HistoryOptions& options, std::unique_ptr<SegmentStore> store,
                const RingWriter& ring, const Clock& clock);
  void flush();
  void stop_with(const Error& why);
  void copy_some();
  void start_sync();
  void finish_sync(const std::shared_ptr<SyncJob>& job);
  void count(Counter counter, std::uint64_t n);
  void set_gauge(Counter counter, std::uint64_t& shown, std::uint64_t now);
  void restart_timer();

  uv_loop_t& loop_;
  HistoryOptions options_;
  const Clock& clock_;
  std::unique_ptr<SegmentStore> store_;
  std::unique_ptr<RingReader> ring_;
  std::size_t flush_bytes_;
  ControlSegment* control_ = nullptr;
  std::function<void()> on_synced_;
  State state_ = State::kRunning;
  std::uint64_t n_lost_ = 0;  // not counted yet
  std::uint64_t n_removed_ = 0;
  std::uint64_t shown_bytes_ = 0;
  std::uint64_t shown_segments_ = 0;
  std::uint64_t shown_stopped_ = 0;
  std::shared_ptr<SyncJob> job_;
  LoopTimer sync_timer_;
  LoopTimer copy_timer_;
};

}  // namespace ringside
