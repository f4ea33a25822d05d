#pragma once
// Position: how far a node has followed the log, as it must survive with the ring: docs/cluster.md, "A node that restarts".

#include <cstdint>
#include <optional>

#include "core/event/event_id.hpp"

namespace ringside::cluster {

struct Position {
  Epoch epoch;               // of the ring
  std::uint64_t number = 0;  // of the last message that was followed
  std::uint64_t held = 0;    // of the last one that is part of this history, in the ring as a whole
  std::uint64_t end = 0;     // events in the log up to there: the sequence of its last event
  std::uint64_t chain = 0;   // after it
  // Messages up to this one were in the log when the ring was made: those of older epochs are history.
  std::uint64_t history_until = 0;
  // Of this node's own events: the last one in the log up to there, and the outbox that numbered it. 0: none.
  std::uint64_t own_n = 0;
  std::uint64_t incarnation = 0;
};

// Keeps the position. Threads: the loop's.
class PositionStore {
 public:
  virtual ~PositionStore() = default;
  // Nothing when there is none, or what is there is damaged.
  [[nodiscard]] virtual std::optional<Position> load() const = 0;
  // After the events of the message are in the ring. Cost: no system call.
  virtual void save(const Position& position) noexcept = 0;
};

}  // namespace ringside::cluster
