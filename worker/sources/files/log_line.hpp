#pragma once
// LogLine: one log message on its way to becoming a LogEntry, whatever source it came from; and how
// levels are read.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/policy/level_guess.hpp"
#include "worker/sources/source_event.hpp"

namespace ringside {

struct LogLine {
  std::string level = "INFO";  // TRACE, DEBUG, INFO, NOTICE, WARN, ERROR or CRITICAL
  std::string message;
  std::string component;
  std::optional<WallTime> at;  // what the message itself says; else the time of receipt
  Json details;                // object; absent for none
};

// The LogEntry for it; `metadata` is an object with at least a `source`.
[[nodiscard]] SourceEvent make_log_event(const LogLine& line, WallTime received, Json metadata);

// The level of a syslog severity, 0 (emergency) to 7 (debug); anything else is INFO.
[[nodiscard]] std::string_view level_of_severity(int severity) noexcept;
// "emerg" ... "debug"; empty for anything else.
[[nodiscard]] std::string_view severity_name(int severity) noexcept;

// Parses a line of a log file. A line that begins with '{' is read as JSON (json_log_line.hpp); any
// other line is the message.
//   Cost: one parse for a line that begins with '{', else a scan of its start.
[[nodiscard]] LogLine parse_log_line(std::string_view line, std::string_view tail = {});

}  // namespace ringside
