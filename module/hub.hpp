#pragma once
// Hub: serves the connections of one run directory in this process, turn by turn. It owns what they share (the ring's
// reader, the control segment, what was read and rendered) and decides who is served when. Virtual hosts with the same run
// directory share one.
//
// Threads: the lws service thread only, except for the wake-up (module/wake_thread.hpp).

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/time.hpp"
#include "core/control/control_segment.hpp"
#include "core/proto/media_type.hpp"
#include "module/attendee.hpp"
#include "module/delivery/frame_cache.hpp"
#include "module/delivery/hidden_ids.hpp"
#include "module/delivery/series_table.hpp"
#include "module/delivery_stats.hpp"
#include "module/ring_follower.hpp"
#include "module/transport/event_stream_encoding.hpp"
#include "module/transport/gzip_stream_encoding.hpp"
#include "module/transport/json_lines_encoding.hpp"
#include "module/transport/websocket_encoding.hpp"
#include "module/user_accounts.hpp"

namespace ringside {

class Hub {
 public:
  struct Host {
    std::function<void()> wake;  // any thread: call on_wake() soon
    std::function<void(std::chrono::milliseconds)>
        timer;  // service thread: call on_timer() after this time, or sooner
    // Service thread: whether the host has sockets to serve or a wake-up to pass on. Empty when it cannot tell. Cost: a
    // system call.
    std::function<bool()> has_events{};
  };

  // Never fails for want of a ring or a control segment: they are attached when they appear.
  Hub(std::string run_dir, Host host, const Clock& clock,
      std::size_t cache_bytes = RingFollower::kCacheBytes);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // The host calls these.
  void on_wake();  // a turn: the ring has grown, or work was left over from the last turn
  void on_timer();
  void on_tick();  // once every kTick: heartbeats, deadlines, re-attachment, drain, revocations

  static constexpr std::chrono::milliseconds kTick{100};
  // How long nobody must have been connected before the ring is left unread.
  static constexpr std::chrono::seconds kSuspendAfter{5};
  // CPU time of one turn: for sending what is live, for the costly filters among it, and for everything that may wait. The
  // host serves its sockets between two turns. (A short kLiveSlice costs: with 4 ms, a thousand clients with a hundred
  // filters get smaller pieces, and a third more CPU time goes to the kernel.)
  static constexpr std::chrono::nanoseconds kLiveSlice = std::chrono::milliseconds(12);
  static constexpr std::chrono::nanoseconds kCostlySlice = std::chrono::milliseconds(4);
  static constexpr std::chrono::nanoseconds kBackgroundSlice = std::chrono::milliseconds(2);
  void set_background_slice(std::chrono::nanoseconds slice) noexcept { background_slice_ = slice; }

  // --- attendees: each is added when it begins and removed when it ends, from host callbacks only
  void add(Attendee& attendee);
  void remove(Attendee& attendee) noexcept;
  [[nodiscard]] std::size_t n_sessions() const noexcept { return attendees_.size(); }
  // Its state has changed outside of a pump: ask it again in the next turn, and for its deadline at the next tick.
  void touch(Attendee& attendee) noexcept;
  // It has work that may wait; it is asked for slices of it until it says that it is done.
  void register_background(Attendee& attendee);
  // Pumps it outside of a turn, as far as the budget between two turns lasts; the rest follows in the next turn.
  void pump_now(Attendee& attendee);
  // Its view has changed: attendees are served view by view.
  void views_changed() noexcept { order_is_stale_ = true; }

  // --- what they share
  [[nodiscard]] bool attached() const noexcept { return follower_.attached(); }
  [[nodiscard]] RingFollower& follower() noexcept { return follower_; }
  [[nodiscard]] const RingFollower& follower() const noexcept { return follower_; }
  // These need attached().
  [[nodiscard]] RingReader& ring() noexcept { return follower_.ring(); }
  [[nodiscard]] RecordCache& records() noexcept { return follower_.records(); }
  [[nodiscard]] History& history() noexcept { return follower_.records().history(); }
  [[nodiscard]] RenderContext& render_context() noexcept;
  [[nodiscard]] SeriesTable& series() noexcept { return series_; }
  [[nodiscard]] Seq head() noexcept { return follower_.records().head(); }
  [[nodiscard]] Epoch epoch() const noexcept { return epoch_; }
  [[nodiscard]] std::string id_of(Seq seq) const { return format_event_id({epoch_, seq}); }
  // An event's id and a place in the stream as this role may know them; see module/delivery/hidden_ids.hpp.
  [[nodiscard]] EventId event_for(const RoleView& role, Seq seq) const;
  [[nodiscard]] EventId place_for(const RoleView& role, Seq seq);
  // The place that an id of a client with this role names. An id of a past epoch that is still valid is in the current one;
  // one that was not made for such a role, or by this history, is in another. Nothing for what is no id.
  [[nodiscard]] std::optional<EventId> read_place(const RoleView& role, std::string_view id);
  // The state of this machine's node, as of the last tick. Without a cluster its state is kNone.
  [[nodiscard]] const ClusterStatus& cluster() const noexcept { return cluster_; }
  [[nodiscard]] bool is_cut_off() const noexcept {
    return cluster_.state == ClusterState::kCut || cluster_.state == ClusterState::kFenced;
  }
  // Where the events begin that are new to a client with an id of another epoch: after the last event that is valid of that
  // epoch, or with the oldest of the ring.
  [[nodiscard]] Seq first_after(EventId of_another_epoch) noexcept;
  // Whether an event after the head may exist on another node of the cluster, so that a client has had it. Never without a
  // cluster.
  [[nodiscard]] bool may_exist(Seq seq);
  // Whether this node has had all of the log some time after `asked` and still has no such event.
  [[nodiscard]] bool lacks(Seq seq, MonoTime asked) const;
  // Looks at the ring itself, ahead of the wake-up that is on its way: what was acknowledged before a connection came is
  // history to it.  Cost: one load when there is nothing new.
  void catch_up();
  // The frame cache of this view and shape, shared with every other attendee that has the same.
  [[nodiscard]] std::shared_ptr<FrameCache> frame_cache(const RoleView& role,
                                                        const Subscription& subscription,
                                                        FrameShape shape);
  [[nodiscard]] Encoding& websocket(bool compressed) noexcept {
    return compressed ? websocket_deflate_ : websocket_;
  }
  // Of a stream over plain HTTP; `type` is not kJson.
  [[nodiscard]] Encoding& encoding_of(MediaType type, bool gzip = false) noexcept {
    if (gzip) {
      return type == MediaType::kEventStream ? event_stream_gzip_ : json_lines_gzip_;
    }
    return type == MediaType::kEventStream ? static_cast<Encoding&>(event_stream_) : json_lines_;
  }
  // The account of a user, shared by all their connections in this process.
  [[nodiscard]] std::shared_ptr<UserAccount> account_of(const std::string& user) {
    return accounts_.of(user, clock_.mono_now());
  }

  // Null until the run directory exists.
  [[nodiscard]] ControlSegment* control() noexcept { return control_.get(); }
  [[nodiscard]] const ControlSegment* control() const noexcept { return control_.get(); }
  void count(Counter counter, std::uint64_t n = 1) noexcept;
  void uncount(Counter counter, std::uint64_t n = 1) noexcept;
  [[nodiscard]] DeliveryStats& stats() noexcept { return stats_; }
  // How late events of a live stream are that were received then.
  [[nodiscard]] std::chrono::nanoseconds lag_of(WallTime received, MonoTime now) const noexcept {
    return turn_wall_time_ + (now - turn_time_) - received;
  }

  // --- the list of connections
  // Whether an administrator cuts this connection (nothing for one without an id), or its user's
  // (ControlSegment::cut_key_of()). To be asked in on_due(), which is called for all attendees when there are new requests.
  [[nodiscard]] bool is_cut(std::optional<std::uint64_t> id, std::uint64_t user_key) const noexcept;

  // --- turns
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  // When the last turn began: never later than now.
  [[nodiscard]] MonoTime turn_time() const noexcept { return turn_time_; }
  // Differs from turn to turn.
  [[nodiscard]] std::uint64_t turn_number() const noexcept { return turn_number_; }
  // Within a turn: takes a chunk that is sent after the last attendee was pumped, one send() after the other. Returns
  // false outside of a turn: send it yourself.
  [[nodiscard]] bool send_later(Attendee& attendee, const std::shared_ptr<Chunk>& chunk);
  // For an attendee with a costly filter, from its pump(): whether it must wait until all others have been sent what is
  // theirs. It is then pumped again, in this turn or the next.
  [[nodiscard]] bool comes_last(Attendee& attendee);
  // The host has a new socket, which has_events() does not see yet: work that may wait makes way for what it asks for.
  void on_new_socket() noexcept;
  // Asks for another turn after the host has served its sockets.
  void want_turn();
  void call_at(MonoTime when);  // on_timer() at `when` at the latest
  [[nodiscard]] bool draining() const noexcept { return draining_; }

  // --- for the probes
  [[nodiscard]] const std::string& run_dir() const noexcept { return run_dir_; }
  // Why there is no control segment; for a person.
  [[nodiscard]] const std::string& control_error() const noexcept { return control_error_; }
  void flush_counters() noexcept { stats_.flush(control_.get()); }

 private:
  void on_attached();
  void reattach_if_replaced();
  void try_open_control();
  void watch_control();
  void check_revocations(WorkBudget& budget);
  void take_cuts();
  void refresh_some_listings() noexcept;
  void move_attendee(std::size_t from, std::size_t to) noexcept;
  void start_drain(std::chrono::milliseconds spread);
  void suspend_if_unused(MonoTime now);
  void forget_rendered();
  void call_due(MonoTime now);
  void pump_all();
  void pump_last(const WorkBudget& live);
  void send_gathered();
  [[nodiscard]] bool slices_are_short() const noexcept { return n_short_slices_ > 0; }
  void run_background();
  void finish_background(std::size_t place) noexcept;
  void sort_by_view();

  std::string run_dir_;
  Host host_;
  const Clock& clock_;
  std::chrono::nanoseconds background_slice_ = kBackgroundSlice;

  RingFollower follower_;
  std::unique_ptr<RenderContext> context_;  // refers to the follower's records
  ChunkStore chunks_;
  Deflater deflater_;
  WebSocketEncoding websocket_{nullptr};
  WebSocketEncoding websocket_deflate_{&deflater_};
  EventStreamEncoding event_stream_;
  JsonLinesEncoding json_lines_;
  GzipStreamEncoding event_stream_gzip_{event_stream_, deflater_};
  GzipStreamEncoding json_lines_gzip_{json_lines_, deflater_};
  SeriesTable series_;
  std::uint64_t n_series_left_out_ = 0;
  std::unique_ptr<ControlSegment> control_;
  std::string control_error_;
  std::unique_ptr<HiddenIds> ids_;  // null while control_ is; there are no attendees then
  Epoch epoch_;
  DeliveryStats stats_;

  // Parallel: an attendee, until when it is idle, and when it wants to be called for a deadline. A turn and a tick go
  // through all connections, so both read plain arrays and touch only the attendees that have something to do.
  std::vector<Attendee*> attendees_;
  std::size_t n_readers_ = 0;  // of them, that read the ring
  std::vector<Attendee::IdleUntil> idle_;
  std::vector<MonoTime> due_;
  std::size_t next_pumped_ = 0;  // where the last turn ran out of budget
  std::vector<Attendee*> last_;  // of this turn: those with costly filters
  bool pumps_last_ = false;
  std::vector<Attendee*> background_;
  std::size_t next_background_ = 0;
  unsigned n_short_slices_ = 0;  // to come, since sockets waited
  std::unordered_map<std::string, std::weak_ptr<FrameCache>> frame_caches_;
  std::uint64_t n_frame_caches_made_ = 0;
  UserAccounts accounts_;

  struct Gathered {
    Attendee* attendee;
    Chunk* chunk;
  };
  bool gathers_ = false;
  std::vector<Gathered> gathered_;
  std::vector<std::shared_ptr<Chunk>> gathered_chunks_;  // keeps them until they are sent

  MonoTime last_left_ = MonoTime::min();  // when the last reader left; min: there was none
  std::optional<WorkBudget> between_turns_;
  bool order_is_stale_ = false;
  bool in_turn_ = false;
  bool more_to_do_ = false;
  bool draining_ = false;
  std::uint64_t seen_revocations_ = 0;
  // After a revocation, how many attendees have been checked: those at the front of the list. None: nothing to check.
  std::optional<std::size_t> n_checked_;
  std::uint64_t seen_drain_ = 0;
  std::uint64_t seen_cluster_ = 0;
  ClusterStatus cluster_;
  std::vector<ControlSegment::CutRequest> cuts_;  // that came with this tick
  std::size_t next_refreshed_ = 0;
  std::uint64_t n_parsed_counted_ = 0;
  std::uint64_t turn_number_ = 0;
  MonoTime turn_time_{};
  WallTime turn_wall_time_{};  // the same moment
  MonoTime next_timer_ = MonoTime::max();
  MonoTime next_slow_tick_{};
};

}  // namespace ringside
