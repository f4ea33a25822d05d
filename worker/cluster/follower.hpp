#pragma once
// Follower: takes the messages of the log, checks that each continues the history that this node has, and puts their
// events into the ring. It alone decides what the node has of the log.
//
// Threads: the loop's.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/json_skim.hpp"
#include "worker/cluster/local_ring.hpp"
#include "worker/cluster/log.hpp"
#include "worker/cluster/position.hpp"
#include "worker/cluster/reading.hpp"

namespace ringside::cluster {

class Follower {
 public:
  enum class Verdict {
    kTaken,
    kKnown,     // had before
    kMissing,   // messages before it are missing: follow again
    kNewEpoch,  // it begins an epoch: the ring has to be replaced
    kForked,    // it contradicts what this node has
    kNoRing,    // the ring cannot be made; see error()
  };

  // `node` and `incarnation`: whose events are this node's own.
  Follower(LocalRing& ring, PositionStore& positions, std::string node, std::uint64_t incarnation)
      : ring_(ring), positions_(positions), node_(std::move(node)), incarnation_(incarnation) {}

  // Continues where the ring and the stored position are; false when they do not fit each other.
  [[nodiscard]] bool resume();
  // Begins with an empty ring at whatever message comes first. Epochs that began before `until` are history: their events
  // get the ids of `epoch`.
  void begin(const RingStart& start, std::uint64_t after, std::uint64_t until);
  // Begins with the first event of an empty log.
  [[nodiscard]] Status begin_empty(Epoch epoch, std::uint64_t last);

  // After resume(): what the message at the position says of epochs.
  void adopt_lineage(const LogMessage& last) noexcept;

  // What was left out after the last message of this history is to be looked at again: it may have been replaced.
  void look_again() noexcept;
  // The message is not part of this history.
  void skip(std::uint64_t number) noexcept;

  [[nodiscard]] Verdict take(const LogMessage& message);
  [[nodiscard]] bool is_own(const LogMessage& message) const noexcept {
    return message.incarnation == incarnation_ && message.node == node_;
  }

  // Not so between begin() and the first message.
  [[nodiscard]] bool has_begun() const noexcept { return !awaited_; }
  // The last message that was followed. Its epoch is the newest of the log, as far as it was followed.
  [[nodiscard]] const Position& position() const noexcept { return position_; }
  [[nodiscard]] Epoch log_epoch() const noexcept { return log_epoch_; }
  [[nodiscard]] Epoch previous_epoch() const noexcept { return previous_epoch_; }
  [[nodiscard]] Seq valid_through() const noexcept { return valid_through_; }
  // The positions that it had, newest last: where two histories are compared.
  [[nodiscard]] const std::deque<Position>& trail() const noexcept { return trail_; }
  // After a history that was read for the first time: its epoch is another one than the ring was begun with.
  [[nodiscard]] std::optional<LogMessage> other_epoch() const;
  [[nodiscard]] std::uint64_t n_unreadable() const noexcept { return n_unreadable_; }
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  static constexpr std::size_t kMaxTrail = 1024;

  [[nodiscard]] Verdict take_odd(const LogMessage& message);
  [[nodiscard]] bool was_started_now(const LogMessage& message) const noexcept {
    return message.number == first_number_;
  }
  [[nodiscard]] bool continues(const LogMessage& message) const noexcept;
  [[nodiscard]] bool start_ring(const LogMessage& first);
  [[nodiscard]] bool append_events(const LogMessage& message);
  [[nodiscard]] std::optional<std::string> type_of(std::string_view line);
  void append_event(std::string_view type, std::string_view object, Seq seq, WallTime time);
  void move_to(const LogMessage& message);

  LocalRing& ring_;
  PositionStore& positions_;
  std::string node_;
  std::uint64_t incarnation_;
  Position position_;
  Epoch log_epoch_;
  Epoch previous_epoch_;
  Seq valid_through_;
  std::optional<RingStart> awaited_;  // the ring is made with the first message
  std::uint64_t first_number_ = 0;    // of the message with which the ring began
  std::uint64_t n_taken_ = 0;         // since then
  std::optional<LogEnd> history_;     // as far as it was read for the first time
  Rival rival_;
  std::deque<Position> trail_;
  JsonSkim skim_;
  std::string rest_;
  std::string id_start_;
  std::uint64_t n_unreadable_ = 0;
  std::string error_;
};

// The event that takes the place of one that cannot be read: its sequence is used.
[[nodiscard]] std::string unreadable_event(std::string_view node);
[[nodiscard]] bool is_unreadable_event(std::string_view text) noexcept;

}  // namespace ringside::cluster
