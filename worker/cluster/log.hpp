#pragma once
// Log: the replicated log of a cluster, as a node uses it: follow, append, find, share. Every call returns at once; the
// answers come to LogEvents, on the loop. An engine is one class that implements it (worker/cluster/nats_log.hpp).
//
// What an engine promises: the messages have numbers that grow by one; a message is appended only when the log still ends
// where the caller says; a message that was appended is delivered to all who follow, in order. What it may do at any time:
// not answer, answer twice, deliver twice, leave messages out until it is asked to follow again. A log that has lost or
// changed messages is found by LogMessage::base and `chain`, and not trusted to say so.
//
// Threads: the loop's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/event/event_id.hpp"

namespace ringside::cluster {

// One message of the log: events of one node, in their order; none in a control message, which only begins an epoch or
// keeps the log from running empty.
struct LogMessage {
  std::uint64_t number = 0;  // its place in the log
  Epoch epoch;
  // The epoch before this one, whose ids are good up to valid_through; 0: there was none.
  Epoch previous_epoch;
  Seq valid_through;
  std::uint64_t base =
      0;  // events in the log before this message: the first one here has the sequence base + 1
  std::uint32_t count = 0;
  std::uint64_t chain = 0;        // of all messages up to this one: chain_of()
  std::string node;               // who appended it
  std::uint64_t incarnation = 0;  // of that node's outbox
  std::uint64_t first_n = 0;      // the first event's number in that outbox
  WallTime time;                  // when the log took it
  std::string body;               // `count` lines, each a JSON object

  [[nodiscard]] Seq last_seq() const noexcept { return Seq{base + count}; }
  // Others may write into the log by mistake.
  [[nodiscard]] bool is_of_a_node() const noexcept { return !node.empty(); }
};

// The chain after a message with these contents: two logs with the same chain have the same events in the same order.
[[nodiscard]] std::uint64_t chain_of(std::uint64_t before, const LogMessage& message) noexcept;

// Of the log as it is when a connection is there.
struct LogInfo {
  std::uint64_t identity =
      0;  // differs between two logs of the same name; the same on all nodes, for its whole life
  std::uint64_t first = 0;  // number of the oldest message that it holds
  std::uint64_t last = 0;   // of the newest; also when it holds none
  std::uint64_t n_messages = 0;
  std::uint64_t n_bytes = 0;
  std::uint64_t leader = 0;  // which server decides what is in the log; 0: not known
};

enum class AppendOutcome {
  kTaken,     // it is in the log; it also comes to those who follow
  kConflict,  // the log ended elsewhere, nothing was appended
  kUnknown,   // perhaps
};

class LogEvents {
 public:
  virtual ~LogEvents() = default;
  // The engine is connected. Comes again after each loss of the connection.
  virtual void on_up(const LogInfo& info) = 0;
  // The engine said, after `asked`, that `last` is the newest message, and which server decides (0: not known). An engine that
  // loses messages does so when another one begins to.
  virtual void on_alive(std::uint64_t last, std::uint64_t leader, MonoTime asked) = 0;
  virtual void on_down(std::string_view why) = 0;
  // Nothing will work until a person has done something: a server that is too old, a log that has other settings.
  virtual void on_refused(std::string_view why) = 0;
  virtual void on_message(LogMessage message) = 0;
  virtual void on_append(std::uint64_t attempt, AppendOutcome outcome) = 0;
  virtual void on_found(std::uint64_t number, std::optional<LogMessage> message) = 0;
  // A shared value was set, by any node; also those that were set before, after on_up().
  virtual void on_shared(std::string_view key, std::string_view value) = 0;
};

class Log {
 public:
  virtual ~Log() = default;
  // Connects, and tries again until it succeeds. `events` must outlive the log.
  virtual void start(LogEvents& events) = 0;
  // Delivers the messages after this number, and no others any more.
  virtual void follow(std::uint64_t after) = 0;
  // Appends when the newest message is `expected_last`. The engine sets number and time. `attempt` comes back with the outcome, if one does.
  virtual void append(const LogMessage& message, std::uint64_t expected_last,
                      std::uint64_t attempt) = 0;
  // Gets one message; nothing when the log does not hold it.
  virtual void find(std::uint64_t number) = 0;
  // Small state that all nodes know: the latest value of each key.
  virtual void share(std::string_view key, std::string_view value) = 0;
  // What one message may have as its body.
  [[nodiscard]] virtual std::size_t max_body_bytes() const noexcept = 0;
};

}  // namespace ringside::cluster
