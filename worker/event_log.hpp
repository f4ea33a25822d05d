#pragma once
// EventLog: where accepted events go. Accepting an event (is it valid, does it have secrets) is the
// pipeline's; its identity and its place are decided here; and that it is stored, so that it may be
// acknowledged, is a third step, which stored_up_to() reports. A log on this machine does all three
// at once; one that other machines share cannot.
//
// Threads: the loop's.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/time.hpp"
#include "core/event/type.hpp"

namespace ringside {

// Counts the events that a log took, from 1 (or from where it left off before this process). An event is stored when
// stored_up_to() has reached its ticket.
using Ticket = std::uint64_t;
constexpr Ticket kNotTaken = 0;

struct AcceptedEvent {
  EventType type = EventType::kCustom;
  std::string_view name;
  std::string_view object;     // JSON text of an object without its final brace
  bool has_timestamp = false;  // else the log adds the time of receipt
  bool is_one_line = false;    // known to have no line breaks
  WallTime received;
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Gives the event its id and takes it. kNotTaken when it is larger than max_event_bytes().
  //   Cost: no allocation, no system call. (Not a std::optional: GCC 12 returns one in a way that costs 3 % of ingest,
  //   a load of eight bytes just after a store of one of them.)
  [[nodiscard]] virtual Ticket append(const AcceptedEvent& entry) = 0;
  // All events up to this one survive the end of this process. Never goes back.
  [[nodiscard]] virtual Ticket stored_up_to() const noexcept = 0;
  [[nodiscard]] virtual std::size_t max_event_bytes() const noexcept = 0;
  // Whether producers should be left unread until there is room again. What was read already is still taken.
  [[nodiscard]] virtual bool is_full() const noexcept { return false; }
  // The end of a turn of the loop: readers learn of what was appended.
  virtual void end_turn() noexcept = 0;
};

}  // namespace ringside
