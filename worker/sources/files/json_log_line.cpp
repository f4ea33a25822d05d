// A level is the one thing that must not be lost: a filter for errors that misses an error is worse
// than none. So it is read even from a line that no parser takes.
#include "worker/sources/files/json_log_line.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/json_escape.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::array<std::string_view, 7> kMessageMembers{"msg",  "message", "event", "@m",
                                                          "body", "@mt",     "text"};
constexpr std::array<std::string_view, 12> kLevelMembers{
    "level",     "lvl", "severity",     "levelname",     "log.level",  "loglevel",
    "log_level", "@l",  "severitytext", "severity_text", "level_name", "priority"};
constexpr std::array<std::string_view, 7> kTimeMembers{"timestamp", "time", "ts",     "@timestamp",
                                                       "datetime",  "@t",   "asctime"};
constexpr std::array<std::string_view, 5> kComponentMembers{"component", "logger", "service",
                                                            "name", "logger_name"};

// Levels as numbers: pino and bunyan count 10 (trace) to 60 (fatal), with own ones between; syslog
// 0 to 7.
std::string_view level_of_number(std::int64_t number) noexcept {
  if (number >= 0 && number <= 7) {
    return level_of_severity(static_cast<int>(number));
  }
  constexpr std::array<std::string_view, 6> kTens{"TRACE", "DEBUG", "INFO",
                                                  "WARN",  "ERROR", "CRITICAL"};
  return number >= 10 && number < 70 ? kTens[static_cast<std::size_t>(number / 10 - 1)]
                                     : std::string_view();
}

std::string_view level_of_letter(char letter) noexcept {
  switch (letter) {
    case 'T':
      return "TRACE";
    case 'D':
      return "DEBUG";
    case 'I':
      return "INFO";
    case 'N':
      return "NOTICE";
    case 'W':
      return "WARN";
    case 'E':
      return "ERROR";
    case 'C':
    case 'F':
      return "CRITICAL";
    default:
      return {};
  }
}

// "error", "ERROR+2" (Go's slog), "E", "50", "[error]".
std::string_view level_of_text(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == '[' || text.front() == ' ')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ']' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  std::size_t number = 0;
  if (parse_u64(text, number)) {
    return level_of_number(static_cast<std::int64_t>(std::min<std::size_t>(number, 1000)));
  }
  if (text.size() == 1) {
    return level_of_letter(text.front());
  }
  const auto sign = text.find_first_of("+-");
  return level_of_word(text.substr(0, sign));
}

std::string_view level_of(JsonRef value) noexcept {
  if (const auto number = value.as_number()) {
    return *number >= 0 && *number < 1000 ? level_of_number(static_cast<std::int64_t>(*number))
                                          : std::string_view();
  }
  return level_of_text(value.as_string().value_or(""));
}

std::optional<WallTime> time_of(JsonRef value) {
  if (const auto text = value.as_string()) {
    return parse_rfc3339(*text);
  }
  const auto number = value.as_number();
  if (!number || !std::isfinite(*number) || *number < 1e9 ||
      *number > 9e12) {  // 2001 as seconds to 2255 as milliseconds
    return std::nullopt;
  }
  const double seconds = *number > 9e9 ? *number / 1e3 : *number;
  return wall_from_ns(static_cast<std::int64_t>(seconds * 1e6) * 1000);
}

// Takes the first of `names` that `read` understands; a member that was understood is not a detail
// any more.
template <std::size_t N, class Read>
bool take_member(JsonRef object, const std::array<std::string_view, N>& names, Read read) {
  for (const auto name : names) {
    std::string found;
    object.for_each_member([&](std::string_view member, JsonRef) {
      if (equals_ignoring_case(member, name)) {
        found = member;
      }
      return found.empty();
    });
    if (!found.empty() && read(object[found])) {
      object.remove_member(found);
      return true;
    }
  }
  return false;
}

LogLine line_of(Json object, std::string_view text) {
  LogLine line;
  const JsonRef members = object.ref();
  take_member(members, kMessageMembers, [&](JsonRef value) {
    line.message = value.as_string().value_or("");
    return !line.message.empty();
  });
  const auto read_level = [&](JsonRef value) {
    const std::string_view level = level_of(value);
    line.level = level.empty() ? line.level : level;
    return !level.empty();
  };
  if (!take_member(members, kLevelMembers, read_level)) {
    read_level(members["log"]["level"]);  // Elastic's, nested
  }
  take_member(members, kTimeMembers, [&](JsonRef value) {
    line.at = time_of(value);
    return line.at.has_value();
  });
  take_member(members, kComponentMembers, [&](JsonRef value) {
    line.component = value.as_string().value_or("");
    return !line.component.empty();
  });
  if (line.message.empty()) {
    line.message = text;
    return line;
  }
  line.details = std::move(object);
  return line;
}

// From a line that is not JSON: the value of the first member with a level's name.
std::string_view level_in_text(std::string_view line) noexcept {
  std::size_t best = std::string_view::npos;
  std::string_view level;
  for (const auto name : kLevelMembers) {
    for (std::size_t at = line.find(name); at < best; at = line.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if (at == 0 || line[at - 1] != '"' || end + 2 >= line.size() || line[end] != '"') {
        continue;
      }
      std::size_t value = end + 1;
      while (value < line.size() && (line[value] == ' ' || line[value] == ':')) {
        ++value;
      }
      const bool is_quoted = value < line.size() && line[value] == '"';
      value += is_quoted ? 1U : 0U;
      const std::size_t value_end =
          std::min(line.find_first_of(is_quoted ? "\"" : ",}] ", value), line.size());
      const std::string_view found = level_of_text(line.substr(value, value_end - value));
      if (!found.empty()) {
        best = at;
        level = found;
        break;
      }
    }
  }
  return level;
}

}  // namespace

LogLine parse_json_log_line(std::string_view line) {
  const std::string repaired = repaired_json(line).value_or(std::string(line));
  auto parsed = Json::parse(repaired, {.max_depth = 64, .allow_duplicates = true});
  if (parsed && parsed->ref().is_object()) {
    return line_of(std::move(*parsed), line);
  }
  LogLine out;
  const std::string_view level = level_in_text(line);
  out.level = level.empty() ? guess_level(line) : level;
  out.message = line;
  return out;
}

}  // namespace ringside
