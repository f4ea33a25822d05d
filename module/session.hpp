#pragma once
// Session: one connection, from the accepted upgrade to its close. A position in the stream, a view of it, and a few
// deadlines; no queue. The endpoints differ in their parameters, not in their class. docs/architecture.md has the diagram
// of its states.
//
//   session.cpp            life, authentication                session_messages.cpp   messages of the client
//   session_delivery.cpp   live events                         session_history.cpp    replays, tail, steps: in slices
//   session_series.cpp     snapshots of metric series          session_debug.cpp      pause, step, seek, resume
//   session_rows.cpp       what it may be told of all events   session_deadlines.cpp  pings, the end of the token, cuts
//   session_reading.cpp    how much is read from the client   session_deferral.cpp   costly filters are served last
//
// Threads: the lws service thread only.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/policy/access.hpp"
#include "core/policy/identity.hpp"
#include "core/policy/subscription.hpp"
#include "core/proto/client_message.hpp"
#include "core/proto/close_code.hpp"
#include "core/proto/query.hpp"
#include "module/attendee.hpp"
#include "module/delivery/frame_cache.hpp"
#include "module/listed_place.hpp"
#include "module/rate_limit.hpp"
#include "module/stream_position.hpp"
#include "module/transport/connection.hpp"
#include "module/transport/encoding.hpp"
#include "module/upgrade.hpp"
#include "module/user_quota.hpp"
#include "module/vhost.hpp"

namespace ringside {

struct DebugState;

class Session final : public Attendee {
 public:
  // `admission` as decide_upgrade() made it; `encoding` must outlive the session.
  Session(Connection& connection, Vhost& vhost, Admission admission, Encoding& encoding);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Called once, when the connection is open: welcome, or the wait for a token.
  void start();

  // A piece of a message. `last` with the piece that ends it; `announced` bytes of its frame are still to come.
  void on_receive(std::string_view piece, bool binary, bool last, std::size_t announced = 0);
  void on_writable();
  void on_pong();
  // The peer's close code, or 1006 when it just went; for the counters. Nothing is called after it.
  void on_closed(std::uint16_t code) noexcept;

  // Attendee: the hub calls these.
  IdleUntil pump() override;
  Background run_background(WorkBudget& budget) override;
  void send_chunk(Chunk& chunk) override;
  void prefetch_connection() const noexcept override { connection_.prefetch(); }
  MonoTime on_due(MonoTime now) override;
  void on_revocations() override;
  void refresh_listing() noexcept override { listing_.refresh(numbers()); }
  void on_new_epoch(EventId last) override;
  void on_new_ring() override;
  void close_at(MonoTime when, CloseCode code) noexcept override { close_at_ = {when, code}; }
  [[nodiscard]] const FrameCache* frames() const noexcept override { return frames_.get(); }

  [[nodiscard]] bool closing() const noexcept { return phase_ == Phase::kClosing; }

 private:
  // kAwaitingAuth -> kOpen -> kClosing, or straight to kClosing; never back.
  enum class Phase { kAwaitingAuth, kOpen, kClosing };

  // What has been left out because of max_rate, until it is announced.
  struct RateGap {
    Seq from;
    Seq to;
    std::uint64_t missed = 0;
  };
  // A search backwards for the last events of the view, which becomes a replay.
  struct TailSearch {
    Seq first;  // everything from here on was looked at
    unsigned n_left = 0;
  };
  // A debug step: that many events of the view, from the cursor on.
  struct Step {
    std::string action;
    std::uint32_t n_left = 0;
    std::uint32_t n_delivered = 0;
  };
  // The latest value of each series, sent in slices.
  struct Snapshot {
    Seq from;  // where the client was
    Seq at;    // everything up to here is sent
    std::uint64_t n_sent = 0;
    bool for_slow_client =
        false;  // instead of the records in between, which are announced as missed
  };

  // session.cpp
  void open(const Identity& identity);
  void adopt(const Identity& identity);
  void end_waiting() noexcept;
  void welcome();
  void close(CloseCode code, std::string_view reason = {});
  void connection_lost() noexcept { phase_ = Phase::kClosing; }
  void send_control(const std::string& json);
  [[nodiscard]] bool flush_control();
  void send_now(FrameBuffer& frames);
  // What this connection sees; not before open(). Connections that see the same hold the same one, which is most of their
  // memory.
  [[nodiscard]] const View& view() const noexcept {
    return interval_view_ ? *interval_view_ : frames_->view();
  }
  [[nodiscard]] const RoleView& role() const noexcept { return view().role(); }
  [[nodiscard]] const Subscription& subscription() const noexcept { return view().subscription(); }
  void set_view(RoleView role, Subscription subscription);
  [[nodiscard]] FrameShape shape() const noexcept { return {batch_size_, &encoding_}; }

  void list_connection();
  [[nodiscard]] ConnectionNumbers numbers() const noexcept;

  // session_deadlines.cpp
  void check_token_deadline();
  void tell_cluster_state();
  void ping_if_due(MonoTime now);
  void add_position(FrameBuffer& out);
  [[nodiscard]] MonoTime next_due() const noexcept;

  // session_reading.cpp
  [[nodiscard]] std::size_t message_limit() const noexcept;
  [[nodiscard]] bool admit_message();
  void stop_reading_until(MonoTime when);
  void read_on_in_time();
  void read_on();

  // session_messages.cpp
  void on_text(std::string_view text);
  void dispatch(std::string_view text);
  void handle(const AuthMessage& message);
  void handle(const SubscribeMessage& message);
  void handle(const UnsubscribeMessage& message);
  void handle(const PingMessage& message);
  void handle(const DebugMessage& message);
  void refuse_first_token(const Vhost::Verified& verified);
  void send_error(std::string_view code, std::string_view message, std::string_view request);
  void send_forbidden(const std::string& event, std::string_view request);
  void send_too_many_events(std::string_view request);
  [[nodiscard]] bool admit_subscription(const Subscription& changed, std::string_view request);
  [[nodiscard]] std::optional<std::vector<std::string>> checked_names(
      const std::vector<std::string>& names, std::string_view request);

  // session_delivery.cpp
  void begin_stream(const ConnectionQuery& query);
  [[nodiscard]] IdleUntil pump_stream();
  void deliver_live(WorkBudget& budget);
  [[nodiscard]] std::shared_ptr<Chunk> next_live_chunk(Seq limit);
  [[nodiscard]] bool pass_over(Seq limit);
  [[nodiscard]] bool deliver_chunk(const std::shared_ptr<Chunk>& chunk, MonoTime now);
  [[nodiscard]] bool waits_for_flush();
  [[nodiscard]] bool held_by_flush(MonoTime now);
  void set_next_flush(MonoTime now) noexcept;
  void skip_over_rate(const Chunk& chunk);
  // Before the cursor jumps, so that gaps are told in the order of the stream and none is forgotten.
  void announce_rate_gap();
  void announce_rate_gap(Epoch epoch);
  void announce_lost(Seq from, Seq next);

  // session_deferral.cpp
  [[nodiscard]] bool defer_if_overdrawn(MonoTime now);
  Background run_deferred(WorkBudget& budget);

  // session_history.cpp
  // `what`: the session's own subscription(), or what a message has added to it.
  void start_replay(std::string_view since, const Subscription& what);
  void start_history(Seq first, const Subscription& what, std::uint64_t missed,
                     bool epoch_changed = false);
  void start_ahead(Seq last_seen, const Subscription& what);
  void leave_ahead_if_unknown();
  void start_tail(unsigned n_last);
  [[nodiscard]] Seq oldest_for_tail();
  Background run_tail(WorkBudget& budget);
  Background run_replay(WorkBudget& budget);
  Background run_step(WorkBudget& budget);
  void finish_replay();
  void finish_step();
  void stop_history() noexcept;
  [[nodiscard]] bool has_history() const noexcept {
    return position_.replaying() || tail_ || step_;
  }

  // session_series.cpp
  [[nodiscard]] bool wants_slow_snapshot() noexcept;
  void begin_slow_snapshot();
  void begin_interval_snapshot(MonoTime now);
  Background run_snapshot(WorkBudget& budget);
  void finish_snapshot();
  void announce_series_left_out(Seq after);

  // session_rows.cpp: ids and counts as this connection may know them
  [[nodiscard]] std::string event_id(Seq seq) const;
  [[nodiscard]] std::string place_id(Seq seq);
  [[nodiscard]] std::optional<std::uint64_t> told(std::uint64_t number) const;
  void set_told(Json& out, const char* name, std::uint64_t number) const;
  [[nodiscard]] bool may_know_lag_of(CachedRecord& record) const;
  void separate_series();

  // session_debug.cpp
  void debug_attach(const DebugMessage& message);
  void debug_step(const DebugMessage& message);
  void debug_seek(const DebugMessage& message);
  void debug_resume(const DebugMessage& message);
  void debug_inspect(const DebugMessage& message);
  void debug_detach(const DebugMessage& message);
  [[nodiscard]] Seq debug_limit();  // how far a paced playback may go now
  [[nodiscard]] bool paused() const noexcept;
  [[nodiscard]] Json cursor_json();

  Connection& connection_;
  Encoding& encoding_;
  Vhost& vhost_;
  Hub& hub_;
  Endpoint endpoint_;
  std::unique_ptr<ConnectionQuery>
      query_;            // null after the stream has begun: a connection may be idle for days
  unsigned batch_size_;  // the query's, or the vhost's default
  std::chrono::milliseconds flush_;                    // the same
  std::optional<unsigned> max_rate_;                   // events a second
  std::optional<std::chrono::milliseconds> interval_;  // of metrics
  std::string address_;
  std::uint64_t id_;
  std::uint64_t user_key_ = 0;  // 0: not known yet
  ListedPlace listing_;
  Phase phase_ = Phase::kAwaitingAuth;
  bool expiry_announced_ = false;
  bool expired_at_upgrade_ = false;
  bool deferred_ =
      false;  // what is live is served as background work, since the user's account is overdrawn
  bool told_cut_ = false;        // the client knows that this node is cut off from the log
  bool cost_announced_ = false;  // the client knows that its filter costs too much
  std::uint16_t close_code_ = 0;
  std::optional<Identity> identity_;
  std::optional<WallTime> ends_at_;  // when the token has ended
  std::shared_ptr<UserAccount> account_;
  UserQuota connection_quota_;
  UserQuota replay_quota_;
  std::unique_ptr<WaitingRoom::Place> waiting_;  // while the connection has no token

  std::shared_ptr<FrameCache> frames_;
  StreamPosition position_;
  std::optional<TailSearch> tail_;
  std::optional<Step> step_;
  std::unique_ptr<DebugState> debug_;
  std::uint64_t replay_turn_ = 0;      // the hub's turn in which ...
  std::size_t replay_turn_bytes_ = 0;  // ... so much history was sent

  std::string inbox_;                     // a message that arrives in pieces
  std::unique_ptr<FrameBuffer> control_;  // messages that wait for the socket; small and bounded
  RateWindow messages_;
  RateWindow events_;
  std::optional<RateGap> rate_gap_;
  std::uint32_t n_over_rate_ = 0;  // messages refused since the last one that was taken
  std::uint32_t n_before_auth_ = 0;
  std::optional<MonoTime> unread_until_;  // nothing is read from the client until then
  MonoTime next_flush_{};
  MonoTime deferred_since_{};
  std::optional<Snapshot> snapshot_;
  MonoTime next_interval_{};
  Seq interval_seen_;  // with an interval: what has been sent of the series; 0: nothing yet
  // With an interval: the view; `frames_` then leaves metrics out.
  std::shared_ptr<const View> interval_view_;
  MonoTime auth_deadline_{};
  // Since when the live cursor is after an event that this node does not have yet; 0: it is not.
  MonoTime ahead_since_{};
  MonoTime next_ping_{};
  Liveness liveness_;
  std::optional<std::pair<MonoTime, CloseCode>> close_at_;
  std::uint64_t n_denied_ = 0;
  std::uint64_t n_filtered_ = 0;
  std::uint64_t n_sent_ = 0;
  std::uint64_t n_bytes_ = 0;   // of events
  std::uint64_t n_missed_ = 0;  // as gaps and replays said
  std::uint64_t view_digest_ = 0;
};

}  // namespace ringside
