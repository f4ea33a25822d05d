#pragma once
// Log levels as people write them, put in one order.

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace ringside {

// From the least to the most severe. Names are read without regard to case; WARN and WARNING, ERR
// and ERROR, CRIT, CRITICAL and FATAL, EMERG, EMERGENCY and PANIC are the same.
enum class LogLevel {
  kTrace,
  kDebug,
  kInfo,
  kNotice,
  kWarning,
  kError,
  kCritical,
  kAlert,
  kEmergency
};

[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

// One name for each, in their order.
inline constexpr std::array<std::string_view, 9> kLogLevelNames{
    "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"};

// For messages: "TRACE, DEBUG, INFO, NOTICE, WARN, ERROR, CRITICAL, ALERT or EMERGENCY".
[[nodiscard]] std::string log_level_names();

}  // namespace ringside
