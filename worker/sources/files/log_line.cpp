// Levels are guessed from the start of a line only, from whole words only, and words that are
// everyday English ("info", "notice", "alert", "error", ...) count only where a log format would
// put them: in brackets, before a colon, after "level=", or in capitals. Otherwise "checked 12
// files, no error found" would page someone.
#include "worker/sources/files/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/text.hpp"

namespace ringside {
namespace {

struct LevelWord {
  std::string_view word;
  std::string_view level;
};

constexpr std::array kLevelWords{
    LevelWord{"trace", "TRACE"},        LevelWord{"finest", "TRACE"},
    LevelWord{"finer", "TRACE"},        LevelWord{"debug", "DEBUG"},
    LevelWord{"dbg", "DEBUG"},          LevelWord{"fine", "DEBUG"},
    LevelWord{"verbose", "DEBUG"},      LevelWord{"info", "INFO"},
    LevelWord{"inf", "INFO"},           LevelWord{"information", "INFO"},
    LevelWord{"informational", "INFO"}, LevelWord{"notice", "NOTICE"},
    LevelWord{"warn", "WARN"},          LevelWord{"warning", "WARN"},
    LevelWord{"wrn", "WARN"},           LevelWord{"error", "ERROR"},
    LevelWord{"err", "ERROR"},          LevelWord{"eror", "ERROR"},
    LevelWord{"severe", "ERROR"},       LevelWord{"critical", "CRITICAL"},
    LevelWord{"crit", "CRITICAL"},      LevelWord{"fatal", "CRITICAL"},
    LevelWord{"panic", "CRITICAL"},     LevelWord{"alert", "CRITICAL"},
    LevelWord{"emerg", "CRITICAL"},     LevelWord{"emergency", "CRITICAL"},
};

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Whether the word at [begin, end) stands where a log format puts its level.
bool is_marked_as_level(std::string_view line, std::size_t begin, std::size_t end) noexcept {
  const char before = begin == 0 ? '\0' : line[begin - 1];
  const char after = end == line.size() ? '\0' : line[end];
  if (before == '[' || before == '<' || before == '(' || before == '|' || before == '=' ||
      after == ']' || after == ':' || after == '|') {
    return true;
  }
  const std::string_view word = line.substr(begin, end - begin);
  return std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// glog: "E0926 10:00:00.123456  1234 file.cc:1] text".
std::string_view glog_level(std::string_view line) noexcept {
  if (line.size() < 6 || line[5] != ' ' ||
      !std::all_of(line.begin() + 1, line.begin() + 5, is_digit)) {
    return {};
  }
  switch (line[0]) {
    case 'I':
      return "INFO";
    case 'W':
      return "WARN";
    case 'E':
      return "ERROR";
    case 'F':
      return "CRITICAL";
    default:
      return {};
  }
}

// Levels as numbers: pino and bunyan count 10 (trace) to 60 (fatal), syslog 0 to 7.
std::string_view level_of_number(std::int64_t number) noexcept {
  if (number >= 0 && number <= 7) {
    return level_of_severity(static_cast<int>(number));
  }
  switch (number) {
    case 10:
      return "TRACE";
    case 20:
      return "DEBUG";
    case 30:
      return "INFO";
    case 40:
      return "WARN";
    case 50:
      return "ERROR";
    case 60:
      return "CRITICAL";
    default:
      return {};
  }
}

constexpr std::array<std::string_view, 3> kMessageMembers{"msg", "message", "event"};
constexpr std::array<std::string_view, 5> kLevelMembers{"level", "lvl", "severity", "levelname",
                                                        "log.level"};
constexpr std::array<std::string_view, 5> kTimeMembers{"timestamp", "time", "ts", "@timestamp",
                                                       "datetime"};
constexpr std::array<std::string_view, 4> kComponentMembers{"component", "logger", "service",
                                                            "name"};

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
void take_member(JsonRef object, const std::array<std::string_view, N>& names, Read read) {
  for (const auto name : names) {
    if (read(object[name])) {
      object.remove_member(name);
      return;
    }
  }
}

// What an object says, or nothing when it has no message.
std::optional<LogLine> line_of(Json object) {
  LogLine line;
  const JsonRef members = object.ref();
  take_member(members, kMessageMembers, [&](JsonRef value) {
    line.message = value.as_string().value_or("");
    return !line.message.empty();
  });
  if (line.message.empty()) {
    return std::nullopt;
  }
  take_member(members, kLevelMembers, [&](JsonRef value) {
    const std::string_view level = value.is_integer()
                                       ? level_of_number(value.as_integer().value_or(-1))
                                       : level_of_word(value.as_string().value_or(""));
    line.level = level.empty() ? line.level : level;
    return !level.empty();
  });
  take_member(members, kTimeMembers, [&](JsonRef value) {
    line.at = time_of(value);
    return line.at.has_value();
  });
  take_member(members, kComponentMembers, [&](JsonRef value) {
    line.component = value.as_string().value_or("");
    return !line.component.empty();
  });
  line.details = std::move(object);
  return line;
}

}  // namespace

std::string_view level_of_word(std::string_view word) noexcept {
  for (const auto& entry : kLevelWords) {
    if (equals_ignoring_case(word, entry.word)) {
      return entry.level;
    }
  }
  return {};
}

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

std::string_view guess_level(std::string_view line) noexcept {
  constexpr std::size_t kLookAtBytes = 160;
  line = line.substr(0, kLookAtBytes);
  if (const auto level = glog_level(line); !level.empty()) {
    return level;
  }
  std::size_t begin = 0;
  while (begin < line.size()) {
    if (!is_letter(line[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < line.size() && is_letter(line[end])) {
      ++end;
    }
    const std::string_view level = level_of_word(line.substr(begin, end - begin));
    if (!level.empty() && is_marked_as_level(line, begin, end)) {
      return level;
    }
    begin = end;
  }
  return "INFO";
}

LogLine parse_log_line(std::string_view line) {
  if (line.starts_with('{')) {
    if (auto parsed = Json::parse(line); parsed && parsed->ref().is_object()) {
      if (auto taken = line_of(std::move(*parsed))) {
        return std::move(*taken);
      }
    }
  }
  LogLine out;
  out.level = guess_level(line);
  out.message = line;
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
