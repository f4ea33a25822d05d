// Text lines and JSON lines become the same struct, so that all sources make their LogEntry in one way.
#include "worker/sources/files/log_line.hpp"

#include <array>

#include "worker/sources/files/json_log_line.hpp"

namespace ringside {

std::string_view level_of_severity(int severity) noexcept {
  constexpr std::array<std::string_view, 8> kLevels{"CRITICAL", "CRITICAL", "CRITICAL", "ERROR",
                                                    "WARN",     "NOTICE",   "INFO",     "DEBUG"};
  return severity >= 0 && severity < 8 ? kLevels[static_cast<std::size_t>(severity)] : "INFO";
}

std::string_view severity_name(int severity) noexcept {
  constexpr std::array<std::string_view, 8> kNames{"emerg",   "alert",  "crit", "err",
                                                   "warning", "notice", "info", "debug"};
  return severity >= 0 && severity < 8 ? kNames[static_cast<std::size_t>(severity)] : "";
}

LogLine parse_log_line(std::string_view line, std::string_view tail) {
  if (line.starts_with('{')) {
    return parse_json_log_line(line, tail);
  }
  LogLine out;
  out.message = line;
  // JSON after a prefix, as of a process manager: what is before it counts first.
  const auto json = line.find("{\"");
  out.level = guess_level(line.substr(0, json));
  if (json != std::string_view::npos && out.level == "INFO") {
    const std::string_view level = level_in_json(line.substr(json), tail);
    out.level = level.empty() ? guess_level(line) : level;
  }
  return out;
}

SourceEvent make_log_event(const LogLine& line, WallTime received, Json metadata) {
  Json data = Json::object();
  data.set("level", line.level).set("message", line.message).set("component", line.component);
  if (line.details.present() && line.details.ref().size() != 0) {
    data.set("details", line.details);
  }
  return {"LogEntry", format_rfc3339(line.at.value_or(received)), std::move(data),
          std::move(metadata)};
}

}  // namespace ringside
