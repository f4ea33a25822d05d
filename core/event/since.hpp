#pragma once
// `since`, `until` and `to`: places in the history as clients write them: an RFC 3339 time, a time ago ("-90s", "-5m", "-12h",
// "-7d"), or an event's id. The text is checked here before anything is kept; the ring finds the place.  Threads: pure.

#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace ringside {

[[nodiscard]] bool is_valid_since(std::string_view text);

// For messages about a text that is none of these.
inline constexpr std::string_view kSinceForms =
    "an RFC 3339 time, a time ago such as -1h, or an event id";

// The time that `text` names; nothing for an id and for what is not valid. A time ago is before `now`, at most a hundred years.
[[nodiscard]] std::optional<WallTime> time_of_since(std::string_view text, WallTime now);

}  // namespace ringside
