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
[[nodiscard]] LogLine parse_json_log_line(std::string_view line);

}  // namespace ringside
