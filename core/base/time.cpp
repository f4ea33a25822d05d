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

  [[nodiscard]] bool one_of(std::string_view set, char* which = nullptr) {
    if (text_.empty() || set.find(text_.front()) == std::string_view::npos) {
      return false;
    }
    if (which != nullptr) {
      *which = text_.front();
    }
    text_.remove_prefix(1);
    return true;
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

}  // namespace

const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
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
  Scanner in(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!in.number(4, year) || !in.one_of("-") || !in.number(2, month) || !in.one_of("-") ||
      !in.number(2, day) || !in.one_of("Tt ") || !in.number(2, hour) || !in.one_of(":") ||
      !in.number(2, minute) || !in.one_of(":") || !in.number(2, second)) {
    return std::nullopt;
  }
  std::int64_t fraction_ns = 0;
  if (in.one_of(".") && !in.fraction(fraction_ns)) {
    return std::nullopt;
  }
  char zone = 0;
  int offset_hours = 0;
  int offset_minutes = 0;
  if (!in.one_of("Zz+-", &zone)) {
    return std::nullopt;
  }
  if (zone == '+' || zone == '-') {
    if (!in.number(2, offset_hours) || !in.one_of(":") || !in.number(2, offset_minutes)) {
      return std::nullopt;
    }
  }
  if (!in.at_end() || hour > 23 || minute > 59 || second > 60 || offset_hours > 23 ||
      offset_minutes > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1678 || year > 2261) {  // what 64-bit nanoseconds can hold
    return std::nullopt;
  }
  auto offset = std::chrono::hours(offset_hours) + std::chrono::minutes(offset_minutes);
  if (zone == '-') {
    offset = -offset;
  }
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second == 60 ? 59 : second) +
         std::chrono::nanoseconds(fraction_ns) - offset;
}

}  // namespace ringside
