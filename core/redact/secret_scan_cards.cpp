// The check digit alone is not enough: one number in ten passes it, and machines write many long
// numbers. Times since 1970 in milli-, micro- and nanoseconds (13, 16 and 19 digits, beginning with
// 1 until the year 2033) would go first. So the issuer's range must fit as well (ISO/IEC 7812; the
// ranges are those of the networks that issue to people), and no letter, dot or hyphen may be
// before or after it, as they do in UUIDs, versions and decimals.
#include "core/redact/secret_scan_cards.hpp"

#include <algorithm>
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

namespace {

// Signs that people put between the groups of a number, as bytes: blanks and dashes of other widths.
constexpr auto kGaps =
    std::to_array<std::string_view>({"\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF", "\xE2\x80\x90",
                                     "\xE2\x80\x91", "\xE2\x80\x92", "\xE2\x80\x93"});

[[nodiscard]] std::size_t gap_end(std::string_view text, std::size_t i) noexcept {
  constexpr int kMaxSigns = 3;  // "4111 - 1111"
  for (int n = 0; n < kMaxSigns && i < text.size(); ++n) {
    if (text[i] == ' ' || text[i] == '-') {
      ++i;
      continue;
    }
    if (text[i] != '\xC2' && text[i] != '\xE2') {
      break;
    }
    const std::string_view rest = text.substr(i);
    const auto* const gap =
        std::ranges::find_if(kGaps, [&](std::string_view g) { return rest.starts_with(g); });
    if (gap == kGaps.end()) {
      break;
    }
    i += gap->size();
  }
  return i;
}

// 4111.1111.1111.1111: with a dot, underscore or slash, which versions and paths have, only in the groups of a card.
[[nodiscard]] CardMatch match_grouped(std::string_view text, std::size_t at) noexcept {
  constexpr std::string_view kSeparators = "._/";
  struct Groups {
    std::array<std::size_t, 4> sizes;
    std::size_t n;
  };
  constexpr auto kGroups =
      std::to_array<Groups>({{{4, 4, 4, 4}, 4}, {{4, 6, 5, 0}, 3}, {{4, 6, 4, 0}, 3}});
  const std::size_t first = at + 4;
  if (first >= text.size() || kSeparators.find(text[first]) == std::string_view::npos) {
    return {false, at};
  }
  for (const Groups& groups : kGroups) {
    std::array<unsigned, kMaxDigits> digits{};
    std::size_t n = 0;
    std::size_t i = at;
    bool fits = true;
    for (std::size_t group = 0; group < groups.n && fits; ++group) {
      if (group > 0) {
        fits = i < text.size() && text[i] == text[first];
        ++i;
      }
      for (std::size_t k = 0; k < groups.sizes[group] && fits; ++k, ++i) {
        fits = i < text.size() && is_digit(text[i]);
        if (fits) {
          digits[n++] = static_cast<unsigned>(text[i] - '0');
        }
      }
    }
    const bool ends =
        i >= text.size() ||
        (!joins(text[i]) && !(text[i] == text[first] && i + 1 < text.size() && joins(text[i + 1])));
    if (fits && ends && is_issued(digits, n) && passes_luhn(digits, n)) {
      return {true, i};
    }
  }
  return {false, at};
}

// 4.111111111111111e+15: a card that was printed as a floating-point number.
[[nodiscard]] CardMatch match_exponent(std::string_view text, std::size_t at) noexcept {
  std::array<unsigned, kMaxDigits> digits{};
  std::size_t i = at + 2;
  digits[0] = static_cast<unsigned>(text[at] - '0');
  std::size_t n = 1;
  for (; i < text.size() && is_digit(text[i]) && n < kMaxDigits; ++i) {
    digits[n++] = static_cast<unsigned>(text[i] - '0');
  }
  if (n < kMinDigits - 2 || i >= text.size() || (text[i] != 'e' && text[i] != 'E')) {
    return {false, at};
  }
  i += i + 1 < text.size() && text[i + 1] == '+' ? 2U : 1U;
  std::size_t exponent = 0;
  const std::size_t digits_of_exponent = i;
  for (; i < text.size() && is_digit(text[i]) && i - digits_of_exponent < 2; ++i) {
    exponent = exponent * 10 + static_cast<std::size_t>(text[i] - '0');
  }
  const std::size_t n_digits = exponent + 1;
  return n_digits >= n && n_digits <= kMaxDigits && is_issued(digits, n_digits) &&
                 passes_luhn(digits, n_digits)
             ? CardMatch{true, i}
             : CardMatch{false, at};
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
  for (std::size_t i = at; i < text.size() && is_digit(text[i]) && n <= kMaxDigits;) {
    for (; i < text.size() && is_digit(text[i]); ++i, ++n) {
      if (n < kMaxDigits) {
        digits[n] = static_cast<unsigned>(text[i] - '0');
      }
    }
    if (is_first_group) {
      match.end = i;
      is_first_group = false;
      if (free_before && i < text.size() && (n == 4 || (n == 1 && text[i] == '.'))) {
        const CardMatch other = n == 4 ? match_grouped(text, at) : match_exponent(text, at);
        if (other.is_card) {
          return other;
        }
      }
    }
    const bool free_behind =
        i == text.size() ||
        (!joins(text[i]) && !(text[i] == '.' && i + 1 < text.size() && is_digit(text[i + 1])));
    if (free_before && free_behind && n >= kMinDigits && n <= kMaxDigits && is_issued(digits, n) &&
        passes_luhn(digits, n)) {
      match = {true, i};
    }
    const std::size_t next = gap_end(text, i);
    if (next == i) {
      break;
    }
    i = next;
  }
  return match;
}

}  // namespace ringside
