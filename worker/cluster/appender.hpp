#pragma once
// Appender: brings the events of the outbox into the log, a batch at a time, by compare-and-append. One batch is on its way
// at a time; while it is, events gather. A batch counts as appended when it comes back through the follower, and for no
// other reason: an answer that was lost needs no decision.
//
//   idle -> sent -> came back | conflict: wait for the follower, then again | unknown: the same once more
//
// Threads: the loop's.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "worker/cluster/log.hpp"
#include "worker/cluster/outbox.hpp"

namespace ringside::cluster {

struct AppenderOptions {
  std::string node;
  std::uint64_t incarnation = 0;
  std::uint32_t batch_events = 512;
};

// What a message must continue.
struct LogEnd {
  std::uint64_t number = 0;
  std::uint64_t base = 0;
  std::uint64_t chain = 0;
  Epoch epoch;
  Epoch previous_epoch;
  Seq valid_through;
};

struct AppenderCounts {
  std::uint64_t n_batches = 0;  // sent
  std::uint64_t n_conflicts = 0;
  std::uint64_t n_unknown = 0;
};

class Appender {
 public:
  Appender(Log& log, Outbox& outbox, AppenderOptions options, const Clock& clock,
           std::uint64_t seed);

  // Sends what there is, if it may: only when this node has all of the log that it knows of.
  void run(const LogEnd& end);
  // Sends a message without events after that end; it counts as done when the follower has taken a message there.
  void send_control(LogMessage message, const LogEnd& end);

  // The follower took a message; `own`: of this outbox.
  void on_followed(const LogMessage& message, bool own);
  void on_outcome(std::uint64_t attempt, AppendOutcome outcome);
  // The connection was lost: what is on its way may or may not arrive.
  void on_down();

  // For how long a batch has been on its way, over all its attempts; nothing when none is.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> waiting_for() const;
  // When run() has something to do at the latest; max: nothing.
  [[nodiscard]] MonoTime next_run() const noexcept;
  [[nodiscard]] const AppenderCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::chrono::nanoseconds round_trip() const noexcept { return round_trip_; }

 private:
  void send(LogMessage message, const LogEnd& end);
  [[nodiscard]] std::chrono::nanoseconds dice(std::chrono::nanoseconds most);

  Log& log_;
  Outbox& outbox_;
  AppenderOptions options_;
  const Clock& clock_;
  std::uint64_t random_;
  struct Sent {
    std::uint64_t expected = 0;
    std::uint64_t attempt = 0;
    MonoTime when;
  };
  std::optional<Sent> sent_;
  std::uint64_t n_attempts_ = 0;
  std::uint64_t retry_at_number_ =
      0;  // after a conflict: when the follower is there, or at hold_until_
  std::optional<MonoTime> first_sent_;  // of the oldest event that waits
  MonoTime hold_until_{};
  MonoTime last_of_others_{};
  std::chrono::nanoseconds round_trip_{0};
  AppenderCounts counts_;
};

}  // namespace ringside::cluster
