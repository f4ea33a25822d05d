// RFC 3339 by hand: libc's strptime knows neither fractions nor offsets, and libstdc++ 12 has no
// std::chrono::parse.
#include "core/base/time.hpp"

#include <time.h>

#include <fmt/format.h>

namespace ringside {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const noexcept override {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] MonoTime mono_now() const noexcept override {
    return std::chrono::steady_clock::now();
  }
  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const noexcept override {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  }
};

// Reads digits off the front of `text`.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool number(int n_digits, int& out) {
    if (text_.size() < static_cast<std::size_t>(n_digits)) {
      return false;
    }
    out = 0;
    for (int i = 0; i < n_digits; ++i) {
      const char c = text_[static_cast<std::size_t>(i)];
      if (c < '0' || c > '9') {
        return false;
      }
      out = out * 10 + (c - '0');
    }
    text_.remove_prefix(static_cast<std::size_t>(n_digits));
    return true;
  }

  [[nodiscard]] bool sign(char c) {
    if (text_.empty() || text_.front() != c) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  // Returns which of them it was; NUL: none.
  template <typename... Chars>
  [[nodiscard]] char one_of(Chars... set) {
    const char c = text_.empty() ? '\0' : text_.front();
    return ((c == set) || ...) && sign(c) ? c : '\0';
  }

  // A fraction's digits after the point, as nanoseconds; further digits are dropped.
  [[nodiscard]] bool fraction(std::int64_t& ns) {
    std::int64_t scale = 100'000'000;
    bool any = false;
    ns = 0;
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      ns += (text_.front() - '0') * scale;
      scale /= 10;
      any = true;
      text_.remove_prefix(1);
    }
    return any;
  }

  [[nodiscard]] bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// The parts of a date-time. Nothing for what is not one, including a date that does not exist.
struct DateTime {
  std::chrono::year_month_day date;
  std::chrono::nanoseconds time{0};  // of the day
  std::chrono::minutes offset{0};    // from UTC
  [[nodiscard]] int year() const { return static_cast<int>(date.year()); }
};

std::optional<DateTime> read_date_time(std::string_view text) {
  Scanner in(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!in.number(4, year) || !in.sign('-') || !in.number(2, month) || !in.sign('-') ||
      !in.number(2, day) || in.one_of('T', 't', ' ') == 0 || !in.number(2, hour) || !in.sign(':') ||
      !in.number(2, minute) || !in.sign(':') || !in.number(2, second)) {
    return std::nullopt;
  }
  std::int64_t fraction_ns = 0;
  if (in.sign('.') && !in.fraction(fraction_ns)) {
    return std::nullopt;
  }
  int offset_hours = 0;
  int offset_minutes = 0;
  const char zone = in.one_of('Z', 'z', '+', '-');
  if (zone == 0) {
    return std::nullopt;
  }
  if ((zone == '+' || zone == '-') &&
      (!in.number(2, offset_hours) || !in.sign(':') || !in.number(2, offset_minutes))) {
    return std::nullopt;
  }
  DateTime out;
  out.date = std::chrono::year_month_day{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!in.at_end() || hour > 23 || minute > 59 || second > 60 || offset_hours > 23 ||
      offset_minutes > 59 || !out.date.ok()) {
    return std::nullopt;
  }
  out.time = std::chrono::hours(hour) + std::chrono::minutes(minute) +
             std::chrono::seconds(second == 60 ? 59 : second) +
             std::chrono::nanoseconds(fraction_ns);
  out.offset = std::chrono::hours(offset_hours) + std::chrono::minutes(offset_minutes);
  out.offset = zone == '-' ? -out.offset : out.offset;
  return out;
}

constexpr int kFirstYear = 1678;  // what 64-bit nanoseconds can hold
constexpr int kLastYear = 2261;

}  // namespace

const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
}

std::optional<WallTime> wall_from_seconds(std::int64_t seconds, std::int64_t fraction_ns) noexcept {
  constexpr auto in_seconds = [](int year) {
    const std::chrono::sys_days day{std::chrono::year(year) / 1 / 1};
    return std::chrono::seconds(day.time_since_epoch()).count();
  };
  if (seconds < in_seconds(kFirstYear) || seconds >= in_seconds(kLastYear + 1)) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(seconds)) + std::chrono::nanoseconds(fraction_ns);
}

std::string format_rfc3339(WallTime t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::microseconds>(t - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto parts = read_date_time(text);
  if (!parts || parts->year() < kFirstYear || parts->year() > kLastYear) {
    return std::nullopt;
  }
  return WallTime(std::chrono::sys_days(parts->date)) + parts->time - parts->offset;
}

bool is_rfc3339(std::string_view text) { return read_date_time(text).has_value(); }

bool is_zero_time(std::string_view text) {
  auto parts = read_date_time(text);
  if (!parts) {  // .NET's DateTime.MinValue has no zone
    parts = read_date_time(std::string(text) + "Z");
  }
  return parts && parts->year() == 1 && parts->date.month() == std::chrono::January &&
         parts->date.day() == std::chrono::day(1) && parts->time == std::chrono::nanoseconds(0);
}

std::string_view rfc3339_objection(std::string_view text) {
  if (is_rfc3339(text)) {
    return "must be a time between the years 1678 and 2261";
  }
  if (is_rfc3339(std::string(text) + "Z")) {
    return "must have a time zone: Z or an offset such as +02:00 at its end (RFC 3339)";
  }
  return "must be a time such as 2025-09-26T10:00:00Z (RFC 3339)";
}

}  // namespace ringside
