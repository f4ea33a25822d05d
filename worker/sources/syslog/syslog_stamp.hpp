#pragma once
// The timestamp of RFC 3164 as programs and devices write it: local time, mostly without a year.
//
// Threads: pure functions, but for the time zone (TZ of the process).

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace ringside {

struct BsdStamp {
  std::optional<int> year;
  int month = 0;  // from 0
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction_ns = 0;
  std::optional<int> offset_minutes;  // from UTC, where it is known
};

// Takes "Nov 23 15:35:47", "Nov 23 2026 15:35:47.123" or "*Nov 23 15:35:47.123:" (Cisco: a clock that
// is not set, and a colon), and the blank after it. The text stays as it is when there is none.
[[nodiscard]] std::optional<BsdStamp> take_bsd_stamp(std::string_view& text);

// The moment, in the stamp's year or in the one that brings it closest to `received` from before.
// Nothing for a day that the year does not have.
[[nodiscard]] std::optional<WallTime> time_of(const BsdStamp& stamp, WallTime received);

// Whether a stamp without a zone says no more than the time of receipt does: it is of a moment ago,
// here or in another time zone.
[[nodiscard]] bool is_of_now(WallTime stamp, WallTime received) noexcept;

}  // namespace ringside
