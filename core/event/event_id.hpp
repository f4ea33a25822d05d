#pragma once
// Epochs, sequences and event ids.
//
// Threads: pure.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside {

// Identifies a ring: random, never zero, new whenever the ring is created, kept over restarts of the
// worker.
struct Epoch {
  std::uint32_t value = 0;
  auto operator<=>(const Epoch&) const = default;
};

// An event's number in its epoch: 1, 2, 3, ... without holes. 0 means "before the first".
struct Seq {
  std::uint64_t value = 0;
  auto operator<=>(const Seq&) const = default;
  [[nodiscard]] Seq next() const noexcept { return Seq{value + 1}; }
};

// The public id of an event: "5f3a9c1e:184467" (epoch in 8 hexadecimal digits, colon, decimal
// sequence).
struct EventId {
  Epoch epoch;
  Seq seq;
  auto operator<=>(const EventId&) const = default;
};

[[nodiscard]] std::string format_epoch(Epoch epoch);
[[nodiscard]] std::string format_event_id(EventId id);
// Nothing unless `text` is exactly such an id.
[[nodiscard]] std::optional<EventId> parse_event_id(std::string_view text);

}  // namespace ringside
