#pragma once
// A log line that is a JSON object, as loggers of all languages write it.
//
// Threads: pure functions.

#include <string_view>

#include "worker/sources/files/log_line.hpp"

namespace ringside {

// Level, message, time and component are taken from the members that are named so, in any case; the
// others become details. Without a message, or where the line is not JSON (cut, broken), the line is
// the message; its level is still read from it.
//   Cost: one parse; for a line that is not JSON, a search for each name of a level.
// `tail`: the end of a line of which only the start is there.
[[nodiscard]] LogLine parse_json_log_line(std::string_view line, std::string_view tail = {});

// The level in a text that is JSON, also where it is broken or cut. Empty when it has none.
[[nodiscard]] std::string_view level_in_json(std::string_view text, std::string_view tail);

}  // namespace ringside
