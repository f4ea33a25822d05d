// See json.cpp for why numbers are marked.
#include "core/base/json_number.hpp"

#include <charconv>
#include <limits>

#include "core/base/json_scan.hpp"
#include "core/base/random.hpp"

namespace ringside {
namespace {

bool is_number_char(char c) noexcept {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

}  // namespace

// jansson would change the digits, or refuse the number for its size.
bool is_kept_as_text(std::string_view digits) noexcept {
  constexpr std::size_t kMaxIntegerBytes = 18;
  JsonKind kind = JsonKind::kNull;
  const bool is_plain = skip_number(digits.data(), digits.data() + digits.size(), kind) ==
                        digits.data() + digits.size();
  if (is_plain) {
    return kind == JsonKind::kReal || digits == "-0";
  }
  // Larger ones: digits only, or a real that is finite.
  const std::string_view body = digits.substr(digits.starts_with('-') ? 1 : 0);
  if (body.find_first_not_of("0123456789") == std::string_view::npos) {
    return body.size() > kMaxIntegerBytes && !body.starts_with('0');
  }
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const auto dot = body.find_first_not_of("0123456789");
  // One that is too small for a double is a number all the same.
  const auto exponent = body.find_first_of("eE");
  const bool is_tiny = error == std::errc::result_out_of_range &&
                       exponent != std::string_view::npos &&
                       body.substr(exponent + 1).starts_with('-');
  return (error == std::errc() || is_tiny) && end == digits.data() + digits.size() && dot != 0 &&
         !(body.starts_with('0') && dot > 1) && body.back() >= '0' && body.back() <= '9' &&
         (body[dot] != '.' || (body[dot + 1] >= '0' && body[dot + 1] <= '9'));
}

const std::string& number_mark() {
  static const std::string mark = [] {
    std::string made(1, '\0');
    for (int i = 0; i < 12; ++i) {
      made += static_cast<char>('a' + random_number() % 26);
    }
    return made;
  }();
  return mark;
}

bool is_real_digits(std::string_view digits) noexcept {
  return digits.find_first_of(".eE") != std::string_view::npos;
}

std::optional<std::int64_t> integer_of_digits(std::string_view digits) noexcept {
  std::int64_t integer = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), integer);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(integer)
                                                                      : std::nullopt;
}

double number_of_digits(std::string_view digits) noexcept {
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range && !is_real_digits(digits)) {
    return digits.front() == '-' ? std::numeric_limits<double>::lowest()
                                 : std::numeric_limits<double>::max();
  }
  return number;
}

std::optional<std::string> with_marked_numbers(std::string_view text) {
  std::string out;
  std::size_t n_copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      i = find_end_of_string(text, i + 1);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      std::size_t end = i + 1;
      while (end < text.size() && is_number_char(text[end])) {
        ++end;
      }
      if (const std::string_view digits = text.substr(i, end - i); is_kept_as_text(digits)) {
        out += text.substr(n_copied, i - n_copied);
        out += "\"\\u0000";
        out += std::string_view(number_mark()).substr(1);
        out += digits;
        out += '"';
        n_copied = end;
      }
      i = end - 1;
    }
  }
  if (n_copied == 0) {
    return std::nullopt;
  }
  out += text.substr(n_copied);
  return out;
}

}  // namespace ringside
