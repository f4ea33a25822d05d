#pragma once
// Times: two clocks, and RFC 3339 text. Wall times are nanoseconds since 1970 in UTC (realtime
// clock), as they are in the ring; monotonic times are for deadlines and rates, and are stored
// only where they mean nothing after a restart of the machine (heartbeats).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// A source of time. Production code takes a `const Clock&`; tests pass a ManualClock
// (tests/support/manual_clock.hpp). Threads: any, implementations are const and thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall_now() const noexcept = 0;
  [[nodiscard]] virtual MonoTime mono_now() const noexcept = 0;
  // CPU time that the calling thread has used since it began, for budgets of work.  Cost: a system call.
  [[nodiscard]] virtual std::chrono::nanoseconds thread_cpu() const noexcept = 0;
};

// The machine's clocks (clock_gettime, no system call on Linux).
[[nodiscard]] const Clock& system_clock() noexcept;

[[nodiscard]] inline std::int64_t to_ns(WallTime t) noexcept {
  return t.time_since_epoch().count();
}
[[nodiscard]] inline WallTime wall_from_ns(std::int64_t ns) noexcept {
  return WallTime(std::chrono::nanoseconds(ns));
}

// `seconds` since 1970 and `fraction_ns` (below 1e9) of the next one. Nothing for a time that 64-bit
// nanoseconds cannot hold: before the year 1678, after 2261.
[[nodiscard]] std::optional<WallTime> wall_from_seconds(std::int64_t seconds,
                                                        std::int64_t fraction_ns) noexcept;

// "2025-09-26T10:00:00.123456Z": UTC, six digits of fraction, the longest form that any client
// parses.
[[nodiscard]] std::string format_rfc3339(WallTime t);

// Parses an RFC 3339 date-time: any fraction (kept to the nanosecond), `Z` or a numeric offset, `T`
// or `t` or a space. Returns nothing for anything else, including a date that does not exist
// (2025-02-30). A leap second reads as :59.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

// Whether `text` is an RFC 3339 date-time of any year, also one that a WallTime cannot represent.
[[nodiscard]] bool is_rfc3339(std::string_view text);

// Whether `text` is the zero of a programming language: the first moment of the year 1, as Go's
// time.Time{} and .NET's DateTime.MinValue are written. It means "no time".
[[nodiscard]] bool is_zero_time(std::string_view text);

// Why `text` is not a time that can be used, for its sender: "must have a time zone, ...".
[[nodiscard]] std::string_view rfc3339_objection(std::string_view text);

}  // namespace ringside
