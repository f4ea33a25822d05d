// Producers are syslog daemons, Rust and Python programs and shell scripts; each has other words
// for the same severities.
#include "core/policy/level.hpp"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

#include "core/base/text.hpp"

namespace ringside {

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
  using enum LogLevel;
  static constexpr std::array<std::pair<std::string_view, LogLevel>, 15> kNames{{
      {"TRACE", kTrace},
      {"DEBUG", kDebug},
      {"INFO", kInfo},
      {"NOTICE", kNotice},
      {"WARN", kWarning},
      {"WARNING", kWarning},
      {"ERROR", kError},
      {"ERR", kError},
      {"CRITICAL", kCritical},
      {"CRIT", kCritical},
      {"FATAL", kCritical},
      {"ALERT", kAlert},
      {"EMERGENCY", kEmergency},
      {"EMERG", kEmergency},
      {"PANIC", kEmergency},
  }};
  for (const auto& [known, level] : kNames) {
    if (equals_ignoring_case(known, name)) {
      return level;
    }
  }
  return std::nullopt;
}

std::string log_level_names() {
  const auto all_but_last = std::span(kLogLevelNames).first(kLogLevelNames.size() - 1);
  return fmt::format("{} or {}", fmt::join(all_but_last, ", "), kLogLevelNames.back());
}

}  // namespace ringside
