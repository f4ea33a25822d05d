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
// How a member says its level. Numbers differ: 40 is WARN for pino and ERROR for Python.
enum class LevelStyle : std::uint8_t { kAny, kWord, kPython, kOpenTelemetry };
struct LevelMember {
  std::string_view name;
  LevelStyle style = LevelStyle::kAny;
};
constexpr auto kLevelMembers =
    std::to_array<LevelMember>({{"level"},
                                {"lvl"},
                                {"severity"},
                                {"levelname"},
                                {"log.level"},
                                {"loglevel"},
                                {"log_level"},
                                {"@l"},
                                {"@level"},
                                {"severitytext"},
                                {"severity_text"},
                                {"level_name"},
                                {"log_severity"},
                                {"syslog_severity"},
                                {"priority"},
                                {"prio"},
                                {"sev"},
                                {"s", LevelStyle::kWord},  // MongoDB
                                {"l", LevelStyle::kWord},
                                {"level_value"},
                                {"levelno", LevelStyle::kPython},
                                {"severitynumber", LevelStyle::kOpenTelemetry},
                                {"severity_number", LevelStyle::kOpenTelemetry},
                                {"status", LevelStyle::kWord}});
constexpr std::array<std::string_view, 7> kTimeMembers{"timestamp", "time", "ts",     "@timestamp",
                                                       "datetime",  "@t",   "asctime"};
constexpr std::array<std::string_view, 5> kComponentMembers{"component", "logger", "service",
                                                            "name", "logger_name"};

// Levels as numbers: pino and bunyan count 10 (trace) to 60 (fatal), with own ones between; syslog
// 0 to 7; Monolog 100 to 600; Log4j and Logback 5000 to 50000.
std::string_view level_of_number(std::int64_t number, LevelStyle style) noexcept {
  constexpr std::array<std::string_view, 6> kTens{"TRACE", "DEBUG", "INFO",
                                                  "WARN",  "ERROR", "CRITICAL"};
  constexpr std::array<std::string_view, 6> kHundreds{"DEBUG", "INFO",     "WARN",
                                                      "ERROR", "CRITICAL", "CRITICAL"};
  const auto nth = [](const auto& levels, std::int64_t n) {
    return n >= 0 && n < static_cast<std::int64_t>(levels.size())
               ? levels[static_cast<std::size_t>(n)]
               : std::string_view();
  };
  switch (style) {
    case LevelStyle::kWord:
      return {};
    case LevelStyle::kPython:
      return number < 10 ? std::string_view() : nth(kTens, number / 10);
    case LevelStyle::kOpenTelemetry:
      return number < 1 ? std::string_view() : nth(kTens, (number - 1) / 4);
    case LevelStyle::kAny:
      break;
  }
  if (number >= 0 && number <= 7) {
    return level_of_severity(static_cast<int>(number));
  }
  if (number >= 5000) {
    return nth(kTens, number / 10'000);
  }
  if (number >= 100) {
    return number == 250 ? "NOTICE" : nth(kHundreds, number / 100 - 1);
  }
  return number < 10 ? std::string_view() : nth(kTens, number / 10 - 1);
}

std::string_view level_of_letter(char letter) noexcept {
  switch (letter >= 'a' ? letter - 'a' + 'A' : letter) {
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

// Past the colors before a word, escaped or not: ESC [ 31 m.
std::string_view without_color(std::string_view text) noexcept {
  for (const std::string_view escape : {"\x1b[", "\\u001b[", "\\u001B[", "\\x1b["}) {
    if (const auto m = text.find('m'); text.starts_with(escape) && m != std::string_view::npos) {
      return without_color(text.substr(m + 1));
    }
  }
  return text;
}

// "error", "ERROR+2" (Go's slog), "E", "50", "[error]", also in color.
std::string_view level_of_text(std::string_view text, LevelStyle style) noexcept {
  text = without_color(text);
  text = text.substr(0, std::min(text.find('\x1b'), text.find("\\u001")));
  while (!text.empty() && (text.front() == '[' || text.front() == ' ')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ']' || text.back() == ' ' || text.back() == ':')) {
    text.remove_suffix(1);
  }
  std::size_t number = 0;
  if (parse_u64(text, number)) {
    return level_of_number(static_cast<std::int64_t>(std::min<std::size_t>(number, 100'000)),
                           style);
  }
  if (text.size() == 1) {
    return level_of_letter(text.front());
  }
  const auto sign = text.find_first_of("+-");
  return level_of_word(text.substr(0, sign));
}

std::string_view level_of(JsonRef value, LevelStyle style) noexcept {
  if (const auto number = value.as_number()) {
    return *number >= 0 && *number < 100'000
               ? level_of_number(static_cast<std::int64_t>(*number), style)
               : std::string_view();
  }
  return level_of_text(value.as_string().value_or(""), style);
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

bool take_level(JsonRef members, LogLine& line) {
  for (const LevelMember& member : kLevelMembers) {
    const auto read = [&](JsonRef value) {
      const std::string_view level = level_of(value, member.style);
      line.level = level.empty() ? line.level : level;
      return !level.empty();
    };
    if (take_member(members, std::array<std::string_view, 1>{member.name}, read)) {
      return true;
    }
  }
  for (const JsonRef nested : {members["log"]["level"],  // Elastic's
                               members["level"]["name"], members["level"]["levelStr"]}) {
    if (const std::string_view level = level_of(nested, LevelStyle::kAny); !level.empty()) {
      line.level = level;
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
  const bool has_level = take_level(members, line);
  take_member(members, kTimeMembers, [&](JsonRef value) {
    line.at = time_of(value);
    return line.at.has_value();
  });
  take_member(members, kComponentMembers, [&](JsonRef value) {
    line.component = value.as_string().value_or("");
    return !line.component.empty();
  });
  if (!has_level) {
    line.level = guess_level(line.message);
  }
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
  for (const auto& [name, style] : kLevelMembers) {
    for (std::size_t at = line.find(name); at < best; at = line.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      const char quote =
          at == 0 ? '\0' : line[at - 1];  // Python prints its own dictionaries with '
      if ((quote != '"' && quote != '\'') || end + 2 >= line.size() || line[end] != quote) {
        continue;
      }
      std::size_t value = end + 1;
      while (value < line.size() && (line[value] == ' ' || line[value] == ':')) {
        ++value;
      }
      const bool is_quoted = value < line.size() && line[value] == quote;
      value += is_quoted ? 1U : 0U;
      const std::size_t value_end = std::min(
          line.find_first_of(is_quoted ? std::string_view(&quote, 1) : ",}] ", value), line.size());
      const std::string_view found = level_of_text(line.substr(value, value_end - value), style);
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

std::string_view level_in_json(std::string_view text, std::string_view tail) {
  const std::string_view level = level_in_text(text);
  return level.empty() ? level_in_text(tail) : level;
}

LogLine parse_json_log_line(std::string_view line, std::string_view tail) {
  const std::string repaired = repaired_json(line).value_or(std::string(line));
  auto parsed = Json::parse(repaired, {.max_depth = 64, .allow_duplicates = true});
  if (parsed && parsed->ref().is_object()) {
    return line_of(std::move(*parsed), line);
  }
  LogLine out;
  const std::string_view level = level_in_json(line, tail);
  out.level = level.empty() ? guess_level(line) : level;
  out.message = line;
  return out;
}

}  // namespace ringside
