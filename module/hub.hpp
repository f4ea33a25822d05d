#pragma once
// Hub: everything of one run directory in this process: the ring's reader, the control segment,
// what has been read and rendered, and the sessions that it is for. Vhosts with the same run
// directory share one.
//
// Threads: the lws service thread only, but for wake_thread.hpp, which sees nothing but the reader.

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/control/control_segment.hpp"
#include "core/ring/reader.hpp"
#include "module/delivery/frame_cache.hpp"
#include "module/delivery/record_cache.hpp"
#include "module/delivery/series_table.hpp"
#include "module/wake_thread.hpp"

namespace ringside {

class Session;

class Hub {
 public:
  struct Host {
    std::function<void()> wake;  // any thread: makes the host call on_wake() soon
    std::function<void(std::chrono::milliseconds)>
        timer;  // service thread: call on_timer() after this time, or sooner
  };

  // Never fails for want of a ring or a control segment: they are attached when they appear (see
  // ready()).
  Hub(std::string run_dir, Host host, const Clock& clock);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // What the host calls.
  void on_wake();  // the ring has grown, or work was left over from the last turn
  void on_timer();
  void on_tick();  // once every kTick: heartbeats, deadlines, re-attachment, drain, revocations

  static constexpr std::chrono::milliseconds kTick{100};
  // How long nobody must have been connected before the ring is left unread.
  static constexpr std::chrono::seconds kRestAfter{5};

  // What a session answers to a pump: before `until`, and as long as the head is below `head`, new
  // events change nothing for it.
  struct Rest {
    MonoTime until{};
    Seq head{};
  };

  // Sessions register for as long as they live.
  void add(Session& session);
  void remove(Session& session) noexcept;
  [[nodiscard]] std::size_t n_sessions() const noexcept { return sessions_.size(); }
  [[nodiscard]] const std::vector<Session*>& sessions() const noexcept { return sessions_; }

  // A session's replay has begun, or is over: only those are asked for one at each turn.
  void replay_begins(Session& session);
  void replay_ends(Session& session) noexcept;

  // Whether the ring is left unread, since nobody is connected.
  [[nodiscard]] bool resting() const noexcept { return resting_; }

  // Whether there is a ring to serve from. The methods below it need one.
  [[nodiscard]] bool attached() const noexcept { return ring_ != nullptr; }
  [[nodiscard]] RingReader& ring() noexcept { return *ring_; }
  [[nodiscard]] RecordCache& records() noexcept { return *records_; }
  [[nodiscard]] RenderContext& render_context() noexcept { return *context_; }
  [[nodiscard]] SeriesTable& series() noexcept { return series_; }
  [[nodiscard]] Seq head() const noexcept { return records_->head(); }
  // Looks at the ring itself, ahead of the wake-up that is on its way: what was acknowledged before
  // a connection came is history to it.  Cost: one load when there is nothing new.
  void catch_up();
  [[nodiscard]] std::string id_of(Seq seq) const { return format_event_id({epoch_, seq}); }
  [[nodiscard]] Epoch epoch() const noexcept { return epoch_; }
  // Bytes a second that the ring has taken lately, for the time until a cursor is overwritten; 0
  // when nothing came.
  [[nodiscard]] double ring_bytes_per_second() const noexcept { return bytes_per_second_; }

  // The frame cache of this view and shape, shared with every other session that has the same.
  [[nodiscard]] std::shared_ptr<FrameCache> frame_cache(const RoleView& role,
                                                        const Subscription& subscription,
                                                        FrameShape shape);

  [[nodiscard]] ControlSegment* control() noexcept {
    return control_.get();
  }  // null until the run directory exists
  void count(Counter counter, std::uint64_t n = 1) noexcept;
  void uncount(Counter counter, std::uint64_t n = 1) noexcept;
  // While a turn goes through the sessions: what they have for their sockets is sent after the last
  // of them, one send() behind the other. Returns false outside of that: send it yourself.
  [[nodiscard]] bool send_later(Session& session, const std::shared_ptr<Chunk>& chunk);

  // What went out: told to the control segment at the end of the turn.
  void count_delivery(const Chunk& chunk) noexcept;
  // How late `n_events` of a live stream were, the oldest of them received then.
  void count_lag(WallTime received, std::uint64_t n_events, MonoTime now) noexcept;

  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] bool draining() const noexcept { return draining_; }

  // A session has another view than before: they are served view by view, see pump_all().
  void views_changed() noexcept { order_is_stale_ = true; }

  // When the last turn of on_wake() began: never later than now.
  [[nodiscard]] MonoTime turn_time() const noexcept { return turn_time_; }

  // Asks for another turn of on_wake() after the host has served its sockets.
  void want_turn() noexcept { more_to_do_ = true; }
  void call_at(MonoTime when);  // on_timer() at `when` at the latest

  struct Readiness {
    bool ready = false;
    std::string
        reason;  // why not: "no ring at /run/ringside/ring", "the worker's heartbeat is 12 s old"
    std::chrono::milliseconds heartbeat_age{0};
  };
  [[nodiscard]] Readiness readiness(std::chrono::milliseconds worker_timeout) const;
  [[nodiscard]] std::string prometheus();

 private:
  void try_attach();
  void serve_from(std::unique_ptr<RingReader> ring);
  void reattach_if_replaced();
  void try_open_control();
  void start_drain(std::chrono::milliseconds spread);
  void measure_ring_rate();
  void rest_if_alone(MonoTime now);
  void end_rest();
  void pump_all();
  void send_gathered();
  void tell_counts() noexcept;
  void sort_by_view();

  std::string run_dir_;
  Host host_;
  const Clock& clock_;

  std::unique_ptr<RingReader> ring_;
  std::unique_ptr<RecordCache> records_;
  std::unique_ptr<RenderContext> context_;
  std::unique_ptr<WakeThread> wake_thread_;
  ChunkStore chunks_;
  Deflater deflater_;
  SeriesTable series_;
  std::unique_ptr<ControlSegment> control_;
  Epoch epoch_;
  std::string attach_error_;

  std::vector<Session*> sessions_;
  std::vector<Rest> rests_;  // of the session at the same place; of another size: not known
  std::vector<Session*> replaying_;
  std::unordered_map<std::string, std::weak_ptr<FrameCache>> frame_caches_;

  struct Gathered {
    Session* session;
    Chunk* chunk;
  };
  bool gathers_ = false;
  std::vector<Gathered> gathered_;
  std::vector<std::shared_ptr<Chunk>> gathered_chunks_;  // keeps them until they are sent
  bool resting_ = false;
  MonoTime last_left_ = MonoTime::min();  // when the last session went; min: there was none
  bool order_is_stale_ = false;
  bool more_to_do_ = false;
  bool draining_ = false;
  std::uint64_t seen_revocations_ = 0;
  std::uint64_t seen_drain_ = 0;
  std::uint64_t n_parsed_counted_ = 0;
  // Of all that is counted, these change with each delivery; gathered here, since an atomic in
  // shared memory costs more than the rest of the counting.
  static constexpr std::size_t kLagBuckets = 9;
  struct Counts {
    std::uint64_t n_events = 0;
    std::uint64_t n_frames = 0;
    std::uint64_t n_bytes = 0;
    std::uint64_t n_writes = 0;
    std::uint64_t lag_sum_us = 0;
    std::array<std::uint64_t, kLagBuckets> n_lag{};
  };
  Counts counts_;
  MonoTime turn_time_{};
  WallTime turn_wall_time_{};  // the same moment
  MonoTime next_timer_ = MonoTime::max();
  MonoTime next_slow_tick_{};
  std::uint64_t last_position_ = 0;
  double bytes_per_second_ = 0;
};

}  // namespace ringside
