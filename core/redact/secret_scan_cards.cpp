// The check digit alone is not enough: one number in ten passes it, and machines write many long
// numbers. Times since 1970 in milli-, micro- and nanoseconds (13, 16 and 19 digits, beginning with
// 1 until the year 2033) would go first. So the issuer's range must fit as well (ISO/IEC 7812; the
// ranges are those of the networks that issue to people), and no letter, dot or hyphen may be
// before or after it, as they do in UUIDs, versions and decimals.
#include "core/redact/secret_scan_cards.hpp"

#include <array>

namespace ringside {
namespace {

constexpr std::size_t kMinDigits = 13;
constexpr std::size_t kMaxDigits = 19;

struct Range {
  unsigned from;  // the first four digits
  unsigned to;
  std::size_t min_digits;
  std::size_t max_digits;
};
constexpr std::array<Range, 16> kRanges{{
    {4000, 4999, 13, 13},  // Visa
    {4000, 4999, 16, 16},
    {4000, 4999, 19, 19},
    {5100, 5599, 16, 16},  // Mastercard
    {2221, 2720, 16, 16},
    {3400, 3499, 15, 15},  // American Express
    {3700, 3799, 15, 15},
    {3000, 3059, 14, 19},  // Diners Club
    {3600, 3699, 14, 19},
    {3528, 3589, 16, 19},  // JCB
    {6011, 6011, 16, 19},  // Discover
    {6440, 6599, 16, 19},
    {6200, 6299, 16, 19},  // UnionPay
    {2200, 2204, 16, 19},  // Mir
    {5018, 5038, 16, 19},  // Maestro
    {6759, 6763, 16, 19},
}};

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool joins(char c) noexcept {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

[[nodiscard]] bool passes_luhn(const std::array<unsigned, kMaxDigits>& digits,
                               std::size_t n) noexcept {
  unsigned sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    unsigned digit = digits[n - 1 - i];
    if (i % 2 == 1) {
      digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    }
    sum += digit;
  }
  return sum % 10 == 0;
}

[[nodiscard]] bool is_issued(const std::array<unsigned, kMaxDigits>& digits,
                             std::size_t n) noexcept {
  const unsigned first = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
  for (const Range& range : kRanges) {
    if (first >= range.from && first <= range.to && n >= range.min_digits &&
        n <= range.max_digits) {
      return true;
    }
  }
  return false;
}

}  // namespace

// Tried at the end of every group, so that a number before or after the card, one space away,
// hides neither. Without a card the answer is the end of the first group; the next one is asked for
// by itself.
CardMatch match_card(std::string_view text, std::size_t at) noexcept {
  std::array<unsigned, kMaxDigits> digits{};
  std::size_t n = 0;
  CardMatch match{false, at};
  const bool free_before = at == 0 || (!joins(text[at - 1]) && text[at - 1] != '.');
  bool is_first_group = true;
  for (std::size_t i = at; i < text.size() && is_digit(text[i]) && n <= kMaxDigits; ++i) {
    for (; i < text.size() && is_digit(text[i]); ++i, ++n) {
      if (n < kMaxDigits) {
        digits[n] = static_cast<unsigned>(text[i] - '0');
      }
    }
    if (is_first_group) {
      match.end = i;
      is_first_group = false;
    }
    const bool free_behind =
        i == text.size() ||
        (!joins(text[i]) && !(text[i] == '.' && i + 1 < text.size() && is_digit(text[i + 1])));
    if (free_before && free_behind && n >= kMinDigits && n <= kMaxDigits && is_issued(digits, n) &&
        passes_luhn(digits, n)) {
      match = {true, i};
    }
    if (text.substr(i).starts_with("\xC2\xA0")) {  // a hard blank
      ++i;
    } else if (i == text.size() || (text[i] != ' ' && text[i] != '-')) {
      break;
    }
  }
  return match;
}

}  // namespace ringside
