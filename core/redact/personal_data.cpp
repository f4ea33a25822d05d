// An operations stream is full of numbers, so a number alone is never personal data here: it needs
// a '+', the separators that people write, or a check digit that is right.
#include "core/redact/personal_data.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/text_class.hpp"

namespace ringside {
namespace {

constexpr ShapeMatch kNone{0, 0};
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxPhone = 24;

// Words that look like a top-level domain after a '@' and are types of systemd units or files.
constexpr auto kNoDomains = std::to_array<std::string_view>(
    {"automount", "conf",  "device",  "js",    "json", "log",    "mjs",  "mount",
     "path",      "scope", "service", "slice", "so",   "socket", "swap", "tar",
     "target",    "tgz",   "timer",   "ts",    "txt",  "yaml",   "yml"});

[[nodiscard]] char at_or_nul(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? text[i] : '\0';
}
[[nodiscard]] bool is_free_before(std::string_view text, std::size_t at) noexcept {
  return at == 0 || !is_name_char(text[at - 1]);
}
[[nodiscard]] bool is_free_after(std::string_view text, std::size_t end) noexcept {
  const char c = at_or_nul(text, end);
  return !is_word_char(c) && !(c == '-' && is_word_char(at_or_nul(text, end + 1))) &&
         !(c == '.' && is_word_char(at_or_nul(text, end + 1)));
}

// Whether `text` from `at` looks like `form`: 9 is a digit, A a capital, anything else itself.
[[nodiscard]] bool has_form(std::string_view text, std::size_t at, std::string_view form) noexcept {
  if (text.size() - at < form.size() || !is_free_before(text, at) ||
      !is_free_after(text, at + form.size())) {
    return false;
  }
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = text[at + i];
    if (form[i] == '9' ? !is_ascii_digit(c) : form[i] == 'A' ? !is_ascii_upper(c) : c != form[i]) {
      return false;
    }
  }
  return true;
}

[[nodiscard]] unsigned digit_of(char c) noexcept { return static_cast<unsigned>(c - '0'); }

[[nodiscard]] bool is_social_security_number(std::string_view id) noexcept {
  const std::string_view area = id.substr(0, 3);
  return area != "000" && area != "666" && area.front() != '9' && id.substr(4, 2) != "00" &&
         id.substr(7) != "0000";
}

[[nodiscard]] bool is_cpf(std::string_view id) noexcept {
  std::array<unsigned, 11> digits{};
  std::size_t n = 0;
  for (const char c : id) {
    if (is_ascii_digit(c)) {
      digits[n++] = digit_of(c);
    }
  }
  for (std::size_t n_checked = 9; n_checked <= 10; ++n_checked) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < n_checked; ++i) {
      sum += digits[i] * static_cast<unsigned>(n_checked + 1 - i);
    }
    const unsigned check = sum * 10 % 11 % 10;
    if (digits[n_checked] != check) {
      return false;
    }
  }
  return std::ranges::adjacent_find(digits, std::ranges::not_equal_to()) != digits.end();
}

// Eight digits and a letter; of a NIE the first digit is written X, Y or Z.
[[nodiscard]] bool is_dni(std::string_view id) noexcept {
  constexpr std::string_view kLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
  unsigned number = 0;
  for (const char c : id.substr(0, 8)) {
    number = number * 10 + (is_ascii_digit(c) ? digit_of(c) : static_cast<unsigned>(c - 'X'));
  }
  return id[8] == kLetters[number % kLetters.size()];
}

[[nodiscard]] bool is_national_insurance_number(std::string_view id) noexcept {
  constexpr std::string_view kNeverFirst = "DFIQUV";
  constexpr std::string_view kNeverSecond = "DFIOQUV";
  const std::string_view prefix = id.substr(0, 2);
  return kNeverFirst.find(id[0]) == std::string_view::npos &&
         kNeverSecond.find(id[1]) == std::string_view::npos && id.back() <= 'D' && prefix != "BG" &&
         prefix != "GB" && prefix != "NK" && prefix != "KN" && prefix != "TN" && prefix != "NT" &&
         prefix != "ZZ";
}

[[nodiscard]] std::size_t length_of_iban(std::string_view country) noexcept {
  struct Row {
    std::string_view country;
    std::size_t n;
  };
  constexpr auto kRows = std::to_array<Row>(
      {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16},
       {"BG", 22}, {"BH", 22}, {"BR", 29}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
       {"DE", 22}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
       {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
       {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IS", 26}, {"IT", 27},
       {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LI", 21}, {"LT", 20}, {"LU", 20},
       {"LV", 21}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31},
       {"MU", 30}, {"NL", 18}, {"NO", 15}, {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25},
       {"QA", 29}, {"RO", 24}, {"RS", 22}, {"SA", 24}, {"SE", 24}, {"SI", 19}, {"SK", 24},
       {"SM", 27}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"XK", 20}});
  const auto* const row = std::ranges::lower_bound(kRows, country, {}, &Row::country);
  return row != kRows.end() && row->country == country ? row->n : 0;
}

[[nodiscard]] bool is_domain(std::string_view domain) noexcept {
  const auto dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3) {
    return false;
  }
  const std::string_view last = domain.substr(dot + 1);
  const std::string_view first = domain.substr(0, domain.find('.'));
  return std::ranges::all_of(last, is_ascii_letter) &&
         !std::ranges::binary_search(kNoDomains, last) &&
         !(std::ranges::all_of(first, is_ascii_digit) && domain.find('.') != dot);
}

// Nearly every number is neither of these: one or two of its neighbours say so.
[[nodiscard]] bool may_be_phone(std::string_view text, std::size_t at) noexcept {
  const char fourth = at_or_nul(text, at + 3);
  return !is_ascii_digit(text[at]) || fourth == '-' || fourth == ')';
}
[[nodiscard]] bool may_be_national_id(std::string_view text, std::size_t at) noexcept {
  const char fourth = at_or_nul(text, at + 3);
  return !is_ascii_digit(text[at]) || fourth == '-' || fourth == '.' ||
         is_ascii_upper(at_or_nul(text, at + 8));
}

}  // namespace

ShapeMatch match_email(std::string_view text, std::size_t at) noexcept {
  std::size_t begin = at;
  while (begin > 0 && at - begin < kMaxLocalPart &&
         (is_name_char(text[begin - 1]) || text[begin - 1] == '+' || text[begin - 1] == '%')) {
    --begin;
  }
  std::size_t end = at + 1;
  while (end < text.size() &&
         (is_alphanumeric(text[end]) || text[end] == '-' || text[end] == '.')) {
    ++end;
  }
  while (end > at + 1 && !is_alphanumeric(text[end - 1])) {
    --end;
  }
  // user@host of a URL, and git@host:path
  const bool is_authority = begin >= 2 && text[begin - 1] == '/' && text[begin - 2] == '/';
  const bool is_scp_path =
      at_or_nul(text, end) == ':' && end + 1 < text.size() &&
      (is_alphanumeric(text[end + 1]) || text[end + 1] == '/' || text[end + 1] == '~');
  return begin < at && !is_authority && !is_scp_path && is_domain(text.substr(at + 1, end - at - 1))
             ? ShapeMatch{begin, end}
             : kNone;
}

ShapeMatch match_phone(std::string_view text, std::size_t at) noexcept {
  if (!may_be_phone(text, at)) {
    return kNone;
  }
  for (const std::string_view form : {"999-999-9999", "(999) 999-9999", "(999)999-9999"}) {
    const std::size_t begin = form.front() == '(' && at > 0 ? at - 1 : at;
    const std::size_t area = begin + (form.front() == '(' ? 1U : 0U);
    if (has_form(text, begin, form) && text[area] >= '2') {
      return {begin, begin + form.size()};
    }
  }
  if (text[at] != '+' || !is_free_before(text, at) || at_or_nul(text, at + 1) == '0') {
    return kNone;
  }
  std::size_t n_digits = 0;
  std::size_t n_separators = 0;
  std::size_t end = at;
  for (std::size_t i = at + 1; i < std::min(text.size(), at + kMaxPhone); ++i) {
    const char c = text[i];
    if (is_ascii_digit(c)) {
      ++n_digits;
      end = i + 1;
      continue;
    }
    const char before = text[i - 1];
    const bool is_separator = c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
    if (!is_separator ||
        !(is_ascii_digit(before) || (c == '(' && before == ' ') || (c == ' ' && before == ')'))) {
      break;
    }
    ++n_separators;
  }
  const bool is_long = n_digits >= 11 && n_digits <= 15;
  return (is_long || (n_separators >= 2 && n_digits >= 8 && n_digits <= 15)) &&
                 is_free_after(text, end)
             ? ShapeMatch{at, end}
             : kNone;
}

ShapeMatch match_iban(std::string_view text, std::size_t at) noexcept {
  const std::size_t n = text.size() - at < 4 ? 0 : length_of_iban(text.substr(at, 2));
  if (n == 0 || !is_free_before(text, at)) {
    return kNone;
  }
  std::array<char, 34> compact{};
  std::size_t n_compact = 0;
  std::size_t i = at;
  for (; i < text.size() && n_compact < n; ++i) {
    const char c = text[i];
    if (c == ' ' && n_compact % 4 == 0) {
      continue;
    }
    if (!is_ascii_digit(c) && !is_ascii_upper(c)) {
      return kNone;
    }
    compact[n_compact++] = c;
  }
  if (n_compact != n || !is_free_after(text, i)) {
    return kNone;
  }
  unsigned remainder = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const char c = compact[(k + 4) % n];
    remainder = is_ascii_digit(c) ? (remainder * 10 + digit_of(c)) % 97
                                  : (remainder * 100 + static_cast<unsigned>(c - 'A' + 10)) % 97;
  }
  return remainder == 1 ? ShapeMatch{at, i} : kNone;
}

ShapeMatch match_national_id(std::string_view text, std::size_t at) noexcept {
  if (!may_be_national_id(text, at)) {
    return kNone;
  }
  const auto is = [&](std::string_view form, auto&& check) noexcept {
    return has_form(text, at, form) && check(text.substr(at, form.size()));
  };
  const auto always = [](std::string_view) noexcept { return true; };
  const auto found = [&](std::size_t n) noexcept { return ShapeMatch{at, at + n}; };
  if (is("999-99-9999", is_social_security_number)) {
    return found(11);
  }
  if (is("999.999.999-99", is_cpf)) {
    return found(14);
  }
  if (is("99999999A", is_dni) || (text[at] >= 'X' && text[at] <= 'Z' && is("A9999999A", is_dni))) {
    return found(9);
  }
  if (is("AA999999A", is_national_insurance_number)) {
    return found(9);
  }
  if (is("AA 99 99 99 A", is_national_insurance_number)) {
    return found(13);
  }
  return is("AAAAAA99A99A999A", always) ? found(16) : kNone;
}

}  // namespace ringside
