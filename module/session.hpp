#pragma once
// Session: one WebSocket connection, from the accepted upgrade to its close. A cursor into the stream, a view of it, and a
// few deadlines; no queue. The three endpoints differ in their parameters, not in their class.
//
//   session.cpp            life and authentication        session_messages.cpp  what the client says
//   session_delivery.cpp   what the client gets            session_debug.cpp     pause, step, seek, resume
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
#include "module/delivery/frame_cache.hpp"
#include "module/rate_limit.hpp"
#include "module/transport/connection.hpp"
#include "module/upgrade.hpp"
#include "module/vhost.hpp"

namespace ringside {

struct DebugState;

class Session {
 public:
  // `admission` as decide_upgrade() gave it. `compressed`: permessage-deflate was agreed on.
  Session(Connection& connection, Vhost& vhost, Admission admission, bool compressed);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Called once, when the connection is open: welcome, or the wait for a token.
  void start();

  // A piece of a message. `last` with the piece that ends it; `announced` bytes of its frame are still to come.
  void on_receive(std::string_view piece, bool binary, bool last, std::size_t announced = 0);
  void on_writable();
  void on_pong();
  // The peer's close code, or 1006 when it just went; for the counters.
  void on_closed(std::uint16_t code) noexcept;

  // What the hub calls.
  Hub::Rest pump();
  void prefetch_connection() const noexcept { connection_.prefetch(); }
  // What the session has given to Hub::send_later().
  void send_frames(Chunk& chunk);  // live delivery
  void pump_replay();              // history, within this turn's budget
  void on_tick(MonoTime now);      // deadlines
  void on_revocations();
  void on_new_epoch(EventId last);  // the ring was replaced; `last` is the old one's head
  void close_at(MonoTime when, CloseCode code) noexcept;

  [[nodiscard]] bool closing() const noexcept { return closing_; }
  [[nodiscard]] const FrameCache* frames() const noexcept {
    return frames_.get();
  }  // null before authentication

 private:
  friend struct DebugState;
  enum class Phase { kAwaitingAuth, kOpen };

  // History that is played before (or, after a subscribe with `since`, in between) the live stream.
  struct Replay {
    std::shared_ptr<FrameCache> frames;
    Seq cursor;
    Seq limit;  // exclusive: where the live cursor stands
    std::uint64_t missed = 0;
    bool epoch_changed = false;
    bool has_quota = false;  // one of the user's replays is ours
  };

  // What has been left out because of max_rate, until it is told.
  struct RateGap {
    Seq from;
    Seq to;
    std::uint64_t missed = 0;
  };

  // session.cpp
  void open(const Identity& identity);
  void welcome();
  // What this connection sees; not before open(). Connections that see the same hold the same one,
  // which is most of their memory.
  [[nodiscard]] const View& view() const noexcept {
    return interval_view_ ? *interval_view_ : frames_->view();
  }
  [[nodiscard]] const RoleView& role() const noexcept { return view().role(); }
  [[nodiscard]] const Subscription& subscription() const noexcept { return view().subscription(); }
  void set_view(RoleView role, Subscription subscription);
  [[nodiscard]] FrameShape shape() const noexcept { return {batch_size_, compressed_}; }
  void adopt(const Identity& identity);
  void end_waiting() noexcept;
  [[nodiscard]] bool acquire_connection_quota();
  void close(CloseCode code, std::string_view reason = {});
  void send_control(const std::string& json);
  [[nodiscard]] bool flush_control();
  void check_token_deadline();
  void ping_if_due(MonoTime now);

  // session_messages.cpp
  void on_text(std::string_view text);
  [[nodiscard]] bool admit_message();
  void handle(const AuthMessage& message);
  void handle(const SubscribeMessage& message);
  void handle(const UnsubscribeMessage& message);
  void handle(const PingMessage& message);
  void handle(const DebugMessage& message);
  void send_error(std::string_view code, std::string_view message, std::string_view request);
  void send_forbidden(const std::string& event, std::string_view request);
  void send_too_many_events(std::string_view request);
  [[nodiscard]] bool admit_subscription(const Subscription& changed, std::string_view request);
  [[nodiscard]] std::optional<std::vector<std::string>> checked_names(
      const std::vector<std::string>& names, std::string_view request);

  // session_delivery.cpp
  void begin_stream();
  void deliver_live();
  [[nodiscard]] bool deliver_chunk(const std::shared_ptr<Chunk>& chunk, MonoTime now);
  [[nodiscard]] bool waits_for_flush();
  [[nodiscard]] bool held_by_flush(MonoTime now);
  void skip_over_rate(const Chunk& chunk);
  void tell_rate_gap();
  void tell_lost(Seq from, Seq next);
  void start_replay(std::string_view since, const Subscription& what);
  void start_tail(unsigned n_last);
  void start_history(Seq first, Seq limit, const Subscription& what, std::uint64_t missed);
  void end_replay();
  void release_replay_quota() noexcept;
  void deliver_interval(MonoTime now);
  [[nodiscard]] std::uint64_t n_behind() const noexcept;

  // session_debug.cpp
  void debug_attach(const DebugMessage& message);
  void debug_step(const DebugMessage& message);
  void debug_seek(const DebugMessage& message);
  void debug_resume(const DebugMessage& message);
  void debug_inspect(const DebugMessage& message);
  void debug_detach(const DebugMessage& message);
  [[nodiscard]] Seq debug_limit();  // how far a paced playback may go now
  [[nodiscard]] bool paused() const noexcept;
  [[nodiscard]] Json cursor_json() const;

  Connection& connection_;
  Vhost& vhost_;
  Hub& hub_;
  Endpoint endpoint_;
  ConnectionQuery query_;
  unsigned batch_size_;              // the query's, or the vhost's default
  std::chrono::milliseconds flush_;  // the same
  std::string address_;
  std::string connection_id_;
  Phase phase_ = Phase::kAwaitingAuth;
  bool compressed_ = false;
  bool closing_ = false;
  bool has_connection_quota_ = false;
  bool expiry_told_ = false;
  std::uint16_t close_code_ = 0;
  std::optional<Identity> identity_;
  std::optional<WallTime> ends_at_;  // when the token is over
  bool expired_at_upgrade_ = false;

  std::shared_ptr<FrameCache> frames_;
  Seq cursor_;  // the next one wanted of the live stream
  std::optional<Replay> replay_;
  std::unique_ptr<DebugState> debug_;

  std::string inbox_;                     // a message that arrives in pieces
  std::unique_ptr<FrameBuffer> control_;  // frames that wait for the socket; small and bounded
  RateWindow messages_;
  RateWindow events_;
  std::optional<RateGap> rate_gap_;
  std::uint32_t n_over_rate_ = 0;
  MonoTime next_flush_{};
  MonoTime next_interval_{};
  Seq interval_seen_;  // with an interval: what has been sent of the series; 0: nothing yet
  std::shared_ptr<const View>
      interval_view_;  // with an interval: the view; `frames_` then leaves metrics out
  std::unique_ptr<WaitingRoom::Place> waiting_;  // while the connection has no token
  MonoTime auth_deadline_{};
  MonoTime next_ping_{};
  Liveness liveness_;
  std::optional<std::pair<MonoTime, CloseCode>> close_at_;
  std::uint64_t n_denied_ = 0;
  std::uint64_t n_filtered_ = 0;
  std::uint64_t n_sent_ = 0;
};

}  // namespace ringside
