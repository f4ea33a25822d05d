// All spellings are strict: a typing error must not silently mean another place. A time ago has its sign, so that it is no
// span forwards, and one unit.
#include "core/event/since.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "core/event/event_id.hpp"

namespace ringside {
namespace {

[[nodiscard]] std::optional<std::chrono::seconds> span_ago(std::string_view text) {
  constexpr std::size_t kMaxDigits = 9;
  constexpr std::chrono::seconds kLongest = std::chrono::years(100);
  if (text.size() < 3 || text.size() > kMaxDigits + 2 || text.front() != '-') {
    return std::nullopt;
  }
  const std::string_view digits = text.substr(1, text.size() - 2);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-') {
    return std::nullopt;
  }
  std::chrono::seconds unit{0};
  switch (text.back()) {
    case 's':
      unit = std::chrono::seconds(1);
      break;
    case 'm':
      unit = std::chrono::minutes(1);
      break;
    case 'h':
      unit = std::chrono::hours(1);
      break;
    case 'd':
      unit = std::chrono::days(1);
      break;
    default:
      return std::nullopt;
  }
  return std::min(n * unit, kLongest);
}

}  // namespace

bool is_valid_since(std::string_view text) {
  return parse_event_id(text).has_value() || time_of_since(text, {}).has_value();
}

std::optional<WallTime> time_of_since(std::string_view text, WallTime now) {
  if (const auto ago = span_ago(text)) {
    return now - *ago;
  }
  return parse_rfc3339(text);
}

}  // namespace ringside
