#pragma once
// Node: this machine's place in a cluster. Its events go into the outbox and from there into the log; the log goes into the
// ring. It decides in which state it is, and what becomes of a log whose history has changed.
//
//   joining  history is served; it follows what it does not have yet        cut     the log does not answer: history only
//   live     it has all of the log, and its events are taken by it          fenced  a person has to look, or it is healing
//
// Threads: the loop's.  Source: docs/cluster.md.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/control/cluster_status.hpp"
#include "worker/cluster/appender.hpp"
#include "worker/cluster/follower.hpp"
#include "worker/cluster/log.hpp"
#include "worker/cluster/outbox.hpp"
#include "worker/cluster/reading.hpp"

namespace ringside::cluster {

struct NodeOptions {
  std::string name;
  std::uint64_t incarnation = 0;  // of the outbox: random, kept with the spool
  std::uint32_t batch_events = 512;
  std::uint64_t ring_bytes = 64U << 20U;    // how much history a new ring is filled with
  std::chrono::seconds max_age{24 * 3600};  // of messages in the log; 0: without end
  std::chrono::seconds keep_own{600};       // how long events are kept for a log that loses them
  std::uint64_t follow_from =
      0;                   // a new ring begins at this message at the latest; 0: no such limit
  std::uint64_t seed = 1;  // of pauses
};

struct NodeCounts {
  std::uint64_t n_appended = 0;  // own events that came back
  std::uint64_t n_followed = 0;  // messages
  std::uint64_t n_resubscribes = 0;
  std::uint64_t n_forks = 0;
  std::uint64_t n_void = 0;      // messages of another history
  std::uint64_t n_restored = 0;  // own events that the log had lost
};

class Node final : public LogEvents {
 public:
  // All must outlive the node.
  Node(Log& log, LocalRing& ring, PositionStore& positions, Outbox& outbox, NodeOptions options,
       const Clock& clock);

  void start();
  // Does what is due; returns when it wants to be called again, events of the log aside.
  MonoTime run();

  [[nodiscard]] ClusterState state() const noexcept { return state_; }
  // Why it is cut or fenced.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  [[nodiscard]] ClusterStatus status() const;
  [[nodiscard]] const NodeCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] const Appender& appender() const noexcept { return appender_; }
  [[nodiscard]] const Follower& follower() const noexcept { return follower_; }
  [[nodiscard]] std::uint64_t known_last() const noexcept { return known_last_; }
  // Called with each shared value.
  void on_shared_value(std::function<void(std::string_view, std::string_view)> call) {
    shared_ = std::move(call);
  }

  void on_up(const LogInfo& info) override;
  void on_alive(std::uint64_t last, std::uint64_t leader, MonoTime asked) override;
  void on_down(std::string_view why) override;
  void on_refused(std::string_view why) override;
  void on_message(LogMessage message) override;
  void on_append(std::uint64_t attempt, AppendOutcome outcome) override;
  void on_found(std::uint64_t number, std::optional<LogMessage> message) override;
  void on_shared(std::string_view key, std::string_view value) override;

 private:
  // Of deliveries, while the log is known to have more; then they are asked for again.
  static constexpr std::chrono::seconds kStall{3};

  enum class Phase {
    kAway,       // not connected, or nothing was asked yet
    kVerifying,  // does the log still have the last message of this node?
    kSeeking,    // the newest message, from which a new ring gets its epoch
    kFollowing,
    kReading,  // what is the log's history, and does this node have it?
    kHealing,  // it does not: a new epoch is being appended
    kStopped,  // refused
  };
  struct OwnBatch {  // that came back
    std::uint64_t base = 0;
    std::uint32_t count = 0;
    std::uint64_t first_n = 0;
    MonoTime when;
  };
  // A look at the log's history, which is read once more.
  struct Comparison {
    std::uint64_t asked = 0;       // a message that is asked for
    std::uint64_t chain = 0;       // its chain, when it was read
    bool is_read = false;          // to the end, and the last message of the history is asked for
    bool is_audit = false;         // nothing was seen that is odd
    bool is_whole = false;         // it begins as far back as a new ring does
    std::uint64_t common_end = 0;  // events that are the same in the ring
    bool differs = false;          // in what the ring has after that
    bool holds_own = false;        // the last message of this node is part of it
    bool missed = false;           // messages were missing, and it has asked for them
  };

  // node.cpp
  void verify();
  [[nodiscard]] bool is_missing_for_long();
  void follow_position();
  void start_fresh();
  void seek_newest();
  void ask_again(MonoTime now);
  void begin_at(const LogMessage& newest);
  [[nodiscard]] std::uint64_t first_for_ring(std::uint64_t newest) const noexcept;
  void take_own(const LogMessage& message);
  void on_missing();
  void keep_log_from_running_empty();
  void update_state();
  [[nodiscard]] bool has_all() const noexcept;
  [[nodiscard]] LogEnd log_end() const noexcept;
  void stop(std::string why);

  // node_fork.cpp
  void on_fork(std::uint64_t odd);
  void audit();
  void read_again();
  void read_whole();
  void on_found_to_compare(std::uint64_t number, const std::optional<LogMessage>& message);
  void begin_reading(std::uint64_t number, const std::optional<LogMessage>& message);
  void on_read(const LogMessage& message);
  void on_alive_while_reading(std::uint64_t last, MonoTime asked);
  void compare(const LogMessage& message);
  [[nodiscard]] bool is_in_ring(std::string_view body, Seq first, std::uint32_t count) const;
  void finish_reading();
  [[nodiscard]] LogMessage newest_read() const;
  void leave_out();
  void answer_left_out();
  void restore_own_events(std::uint64_t common_end);
  void heal();
  [[nodiscard]] Epoch epoch_after_fork() const;

  Log& log_;
  LocalRing& ring_;
  Outbox& outbox_;
  NodeOptions options_;
  const Clock& clock_;
  Follower follower_;
  Appender appender_;
  std::function<void(std::string_view, std::string_view)> shared_;

  Phase phase_ = Phase::kAway;
  ClusterState state_ = ClusterState::kJoining;
  std::string reason_;
  std::string down_why_;
  LogInfo info_;
  bool is_up_ = false;
  bool has_position_ = false;
  bool was_missing_ = false;  // messages were missing, and it has asked for them
  bool caught_up_ = false;    // since the connection was made
  std::uint64_t known_last_ = 0;
  std::uint64_t leader_ = 0;
  MonoTime heard_{};
  MonoTime moved_{};    // when the last message was taken
  MonoTime current_{};  // when it last had all of the log
  WallTime changed_{};
  std::uint64_t seeking_ = 0;  // a message
  MonoTime next_seek_{};
  MonoTime missing_since_{};  // the last message, in a log that is being verified
  std::deque<OwnBatch> own_;
  Comparison comparison_;
  Reading reading_;
  bool diverged_ = false;  // its history is not the log's
  std::map<std::uint64_t, std::uint64_t>
      left_out_;  // messages that are not part of the log's history, and their chains
  std::uint64_t unanswered_ = 0;  // the last one of them, if nothing was appended after it
  std::uint64_t last_odd_ = 0;
  NodeCounts counts_;
};

}  // namespace ringside::cluster
