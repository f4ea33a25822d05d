#pragma once
// Logging to standard error, one line a message: text with colours when it is a terminal, plain text otherwise, or one JSON
// object with the members time (RFC 3339, UTC), level, program, pid and message. Lines carry journald's "<N>" prefix when
// standard error is journald's (JOURNAL_STREAM); journald takes it off.
//
// Untrusted text (names, payloads, peers) is escaped here, so callers pass it unchanged. No
// token may be passed. Threads: any. Cost: a disabled level costs one comparison.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace ringside::log {

enum class Level { kDebug, kInfo, kWarn, kError };
enum class Format { kText, kJson };

void set_level(Level level) noexcept;
[[nodiscard]] bool enabled(Level level) noexcept;
void set_format(Format format);
// The same by the names that the options have: "debug", "info", "warn", "error"; "text", "json". Other names change nothing.
void set_up(std::string_view level, std::string_view format);
// The name that is in each line, "ringsided" or "ringside-plugin". Call once, before other
// threads run.
void set_program(std::string_view name);

void write(Level level, std::string_view message) noexcept;

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kDebug)) {
    write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kInfo)) {
    write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kWarn)) {
    write(Level::kWarn, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace ringside::log
