// Levels are guessed from the start of a line only, from whole words only, and words that are
// everyday English ("info", "notice", "alert", "error", ...) count only where a log format would
// put them: in brackets, before a colon, after "level=", or in capitals. Otherwise "checked 12
// files, no error found" would page someone.
#include "core/policy/level_guess.hpp"

#include <algorithm>
#include <array>

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
    LevelWord{"erro", "ERROR"},         LevelWord{"fata", "CRITICAL"},  // logrus: four letters
    LevelWord{"debu", "DEBUG"},         LevelWord{"trac", "TRACE"},
    LevelWord{"dpanic", "CRITICAL"},    LevelWord{"crit", "CRITICAL"},
    LevelWord{"fatal", "CRITICAL"},     LevelWord{"panic", "CRITICAL"},
    LevelWord{"alert", "CRITICAL"},     LevelWord{"emerg", "CRITICAL"},
    LevelWord{"emergency", "CRITICAL"},
};

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// level="error", level: error
bool follows_level_name(std::string_view line, std::size_t begin) noexcept {
  const std::string_view before = line.substr(0, begin);
  if (before.ends_with("=\"") || before.ends_with("='")) {
    return true;
  }
  for (const std::string_view name :
       {"level: ", "lvl: ", "severity: ", "level:\"", "\"level\": \""}) {
    if (before.size() >= name.size() &&
        equals_ignoring_case(before.substr(before.size() - name.size()), name)) {
      return true;
    }
  }
  return false;
}

// "<3>text": systemd's and the kernel's. "[E 2026-11-26 ...": Tornado's.
std::string_view marked_at_start(std::string_view line) noexcept {
  constexpr std::array<std::string_view, 8> kSeverities{
      "CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG"};
  if (line.size() > 3 && line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
    return kSeverities[static_cast<std::size_t>(line[1] - '0')];
  }
  if (line.size() > 4 && line[0] == '[' && line[2] == ' ' && is_digit(line[3])) {
    switch (line[1]) {
      case 'D':
        return "DEBUG";
      case 'I':
        return "INFO";
      case 'W':
        return "WARN";
      case 'E':
        return "ERROR";
      case 'C':
        return "CRITICAL";
      default:
        return {};
    }
  }
  return {};
}

// Whether the word at [begin, end) stands where a log format puts its level.
bool is_marked_as_level(std::string_view line, std::size_t begin, std::size_t end) noexcept {
  const char before = begin == 0 ? '\0' : line[begin - 1];
  const char after = end == line.size() ? '\0' : line[end];
  if (before == '[' || before == '<' || before == '(' || before == '|' || before == '=' ||
      after == ']' || after == ':' || after == '|' || follows_level_name(line, begin)) {
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

}  // namespace

std::string_view level_of_word(std::string_view word) noexcept {
  for (const auto& entry : kLevelWords) {
    if (equals_ignoring_case(word, entry.word)) {
      return entry.level;
    }
  }
  return {};
}

std::string_view guess_level(std::string_view line) noexcept {
  constexpr std::size_t kLookAtBytes = 160;
  line = line.substr(0, kLookAtBytes);
  if (const auto level = glog_level(line); !level.empty()) {
    return level;
  }
  if (const auto level = marked_at_start(line); !level.empty()) {
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

}  // namespace ringside
