// mktime makes 1 March of 29 February in a year without one; so what it made is compared with what it
// was given.
#include "worker/sources/syslog/syslog_stamp.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

#include "core/base/text.hpp"

namespace ringside {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Takes one or two digits, with a blank allowed in front. -1 when there are none.
int take_number(std::string_view& text) {
  const std::size_t begin = text.starts_with(' ') ? 1 : 0;
  std::size_t end = begin;
  int value = 0;
  while (end < text.size() && end - begin < 2 && is_digit(text[end])) {
    value = value * 10 + (text[end++] - '0');
  }
  if (end == begin) {
    return -1;
  }
  text.remove_prefix(end);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (!text.starts_with(c)) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

// ".123" or ",123"
std::int64_t take_fraction(std::string_view& text) {
  std::int64_t ns = 0;
  std::int64_t scale = 100'000'000;
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) {
    return 0;
  }
  text.remove_prefix(1);
  while (!text.empty() && is_digit(text.front())) {
    ns += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return ns;
}

// "2026 " where a stamp has its year: before the month, before the time, or after it.
void take_year(std::string_view& text, BsdStamp& stamp) {
  std::size_t year = 0;
  if (!stamp.year && text.size() > 5 && text[4] == ' ' && parse_u64(text.substr(0, 4), year) &&
      year >= 1970) {
    stamp.year = static_cast<int>(year);
    text.remove_prefix(5);
  }
}

// "Nov 26 " or "2026-11-26" and a blank or T.
bool take_date(std::string_view& text, BsdStamp& stamp) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  take_year(text, stamp);
  std::size_t number = 0;
  if (text.size() > 11 && text[4] == '-' && text[7] == '-' &&
      (text[10] == ' ' || text[10] == 'T') && parse_u64(text.substr(0, 4), number)) {
    stamp.year = static_cast<int>(number);
    std::size_t month = 0;
    std::size_t day = 0;
    if (!parse_u64(text.substr(5, 2), month) || !parse_u64(text.substr(8, 2), day) || month < 1 ||
        month > 12) {
      return false;
    }
    stamp.month = static_cast<int>(month) - 1;
    stamp.day = static_cast<int>(day);
    text.remove_prefix(11);
    return true;
  }
  if (text.size() < 4 || text[3] != ' ') {
    return false;
  }
  std::string name(text.substr(0, 3));
  for (char& c : name) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const auto month = kMonths.find(name);
  if (month == std::string_view::npos || month % 3 != 0) {
    return false;
  }
  stamp.month = static_cast<int>(month / 3);
  text.remove_prefix(4);
  stamp.day = take_number(text);
  return take_char(text, ' ');
}

// "Z", "+01:00" or "+0100" after the time, and " UTC", " CET" and the like, whose offset is only known of UTC.
void take_zone(std::string_view& text, BsdStamp& stamp) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"UTC",  "GMT", "EST", "EDT", "CST", "CDT", "MST",  "MDT", "PST",  "PDT",  "CET",
       "CEST", "BST", "IST", "JST", "MSK", "WET", "WEST", "EET", "EEST", "AEST", "AEDT"});
  if (take_char(text, 'Z')) {
    stamp.offset_minutes = 0;
    return;
  }
  std::string_view rest = text;
  if (rest.size() > 4 && (rest[0] == '+' || rest[0] == '-')) {
    const int sign = rest[0] == '-' ? -1 : 1;
    rest.remove_prefix(1);
    const int hours = take_number(rest);
    (void)take_char(rest, ':');
    const int minutes = take_number(rest);
    if (hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60) {
      stamp.offset_minutes = sign * (hours * 60 + minutes);
      text = rest;
    }
    return;
  }
  if (!take_char(rest, ' ')) {
    return;
  }
  const std::string_view word = rest.substr(0, rest.find_first_of(": "));
  if (std::find(kNames.begin(), kNames.end(), word) != kNames.end()) {
    if (word == "UTC" || word == "GMT") {
      stamp.offset_minutes = 0;
    }
    text = rest.substr(word.size());
  }
}

}  // namespace

std::optional<BsdStamp> take_bsd_stamp(std::string_view& text) {
  std::string_view rest = text;
  while (rest.starts_with(' ') || rest.starts_with(": ")) {  // Nexus: "<189>: 2026 Nov 26"
    rest.remove_prefix(1);
  }
  if (rest.starts_with('*') || rest.starts_with('.')) {
    rest.remove_prefix(1);
  }
  BsdStamp stamp;
  if (!take_date(rest, stamp)) {
    return std::nullopt;
  }
  take_year(rest, stamp);
  stamp.hour = take_number(rest);
  const bool has_minute = take_char(rest, ':');
  stamp.minute = take_number(rest);
  const bool has_second = take_char(rest, ':');
  stamp.second = take_number(rest);
  stamp.fraction_ns = take_fraction(rest);
  take_zone(rest, stamp);
  (void)take_char(rest, ':');
  if (!has_minute || !has_second || !take_char(rest, ' ') || stamp.day < 1 || stamp.day > 31 ||
      stamp.hour < 0 || stamp.hour > 23 || stamp.minute < 0 || stamp.minute > 59 ||
      stamp.second < 0 || stamp.second > 60) {
    return std::nullopt;
  }
  take_year(rest, stamp);
  text = rest;
  return stamp;
}

std::optional<WallTime> time_of(const BsdStamp& stamp, WallTime received) {
  const std::time_t now = to_ns(received) / 1'000'000'000;
  std::tm local{};
  ::localtime_r(&now, &local);
  const int last = stamp.year ? *stamp.year - 1900 : local.tm_year + 1;
  const int first = stamp.year ? last : local.tm_year - 1;
  for (int year = last; year >= first; --year) {
    std::tm wanted{};
    wanted.tm_year = year;
    wanted.tm_mon = stamp.month;
    wanted.tm_mday = stamp.day;
    wanted.tm_hour = stamp.hour;
    wanted.tm_min = stamp.minute;
    wanted.tm_sec = stamp.second;
    wanted.tm_isdst = -1;
    const std::time_t at = stamp.offset_minutes
                               ? ::timegm(&wanted) - std::time_t{*stamp.offset_minutes} * 60
                               : std::mktime(&wanted);
    if (at != -1 && wanted.tm_mday == stamp.day && (stamp.year || at <= now + 86400)) {
      return wall_from_seconds(at, stamp.fraction_ns);
    }
  }
  return std::nullopt;
}

// A container or a device may have another time zone than this machine: its clock is then off by
// whole quarters of an hour.
bool is_of_now(WallTime stamp, WallTime received) noexcept {
  constexpr std::chrono::seconds kSlack(2);
  constexpr std::chrono::hours kMostZones(14);
  const auto away = std::chrono::abs(stamp - received);
  const auto beyond_quarter = away % std::chrono::minutes(15);
  return away <= kSlack ||
         (away <= kMostZones + kSlack &&
          (beyond_quarter <= kSlack || beyond_quarter >= std::chrono::minutes(15) - kSlack));
}

}  // namespace ringside
