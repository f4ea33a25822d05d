#pragma once
// Events as lines for people. Threads: pure.

#include <optional>
#include <string>
#include <string_view>

#include "core/event/event_view.hpp"

namespace ringside::cli {

// How times are written.
enum class TimeFormat {
  kClock,  // "10:00:00.123", in UTC; with the date when that is not today's
  kUtc,    // "2025-09-26T10:00:00.123Z"
  kLocal,  // "2025-09-26T12:00:00.123+02:00", in the zone of this machine
  kUnix,   // "1758880800.123"
};
inline constexpr std::string_view kTimeFormats[] = {"clock", "utc", "local", "unix"};
[[nodiscard]] std::optional<TimeFormat> time_format_named(std::string_view name);
// To the millisecond. `now` says which day is today.
[[nodiscard]] std::string format_time(WallTime time, TimeFormat format, WallTime now);

struct EventStyle {
  TimeFormat time = TimeFormat::kClock;
  // With the id, and all lines of a text of several, each on a line of its own. Otherwise the first and how many more there are.
  bool is_long = false;
  WallTime now;
};

// Time, type or level, what it says: one line unless `style.is_long`. Without control characters except colours of our own;
// colours in a text are left out.
[[nodiscard]] std::string format_event(const EventView& event, const EventStyle& style);

}  // namespace ringside::cli
