// Secrets that a sentence, an arrow or a marker of their issuer gives away.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/bare_secret.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

[[nodiscard]] constexpr bool ends_spoken(char c) noexcept {
  return is_blank(c) || is_line_end(c) || is_quote(c) || c == '\0';
}
[[nodiscard]] constexpr bool ends_sentence(char c) noexcept {
  return c == '.' || c == ',' || c == '!' || c == ')' || c == ';' || c == ':';
}
// password - hunter2, | password | hunter2 |
[[nodiscard]] constexpr bool is_sign_between(char c) noexcept {
  return c == '-' || c == '|' || c == '/';
}
[[nodiscard]] constexpr bool is_opening(char c) noexcept { return c == '(' || c == '`'; }
[[nodiscard]] constexpr bool is_printable(char c) noexcept {
  return static_cast<unsigned char>(c) >= ' ';
}

}  // namespace

// Past "is", "was set to", "for bob is": the words between a name and its value. `at` when there are none.
std::size_t SecretPass::after_verbs(std::size_t at) const noexcept {
  constexpr auto kBetween = std::to_array<std::string_view>(
      {"is", "was", "now", "set", "changed", "reset", "to", "equals", "value"});
  constexpr int kMaxBetweenWords = 4;
  constexpr int kMaxOwnerWords = 3;
  const auto word_end = [&](std::size_t i) {
    return skip(i, [](char c) { return is_name_char(c) || c == '@'; });
  };
  std::size_t value = at;
  if (equals_ignoring_case(part(value, word_end(value)), "for")) {  // the password for bob is
    std::size_t verb = value;
    for (int n = 0;
         n <= kMaxOwnerWords && !is_one_of_ignoring_case(kBetween, part(verb, word_end(verb)));
         ++n) {
      verb = skip(word_end(verb), is_blank);
    }
    value = verb;
  }
  for (int n = 0; n < kMaxBetweenWords; ++n) {
    const std::size_t end = skip(value, is_ascii_letter);
    if (!is_blank(peek(end)) || !is_one_of_ignoring_case(kBetween, part(value, end))) {
      return n == 0 ? at : value;
    }
    value = skip(end, is_blank);
  }
  return value;
}

// "the password is hunter2", "client secret hunter2", "auth_pass hunter2", "token    hunter2": names and values without a sign. Also the
// password of a line in ~/.netrc. `i` at the first letter of the name's last word.
std::size_t SecretPass::spoken(std::size_t i) {
  const std::size_t word_end = skip(i, is_ascii_letter);
  if (!is_blank(peek(word_end)) || !is_printable(peek(word_end + 1))) {
    return i;
  }
  Name name = name_before(word_end);
  NameVerdict verdict = s_.names_.look_up(part(name.begin, name.end));
  if (verdict == NameVerdict::kHarmless) {
    const auto longer = longer_name(name);
    if (!longer) {
      return i;
    }
    name = *longer;
    verdict = NameVerdict::kSecret;
  }
  const std::size_t first = skip(word_end, is_blank);
  if (follows_login(name.begin)) {
    return take(first, skip(first, [](char c) { return !ends_spoken(c); }));
  }
  const std::size_t value = after_verbs(first);
  if (const std::size_t end = spoken_number(name, value, {i, first}); end != i) {
    return end;
  }
  if (verdict == NameVerdict::kIfPin) {
    return i;
  }
  return value != first ? stated_value(value, i) : adjacent_value(name, first, i);
}

// "OTP is 471193", "MFA code 471193", "wrong pin 4711": a number after the name of a code. `word` goes from the name's last word to what
// follows it.
std::size_t SecretPass::spoken_number(Name name, std::size_t value, Name word) {
  constexpr auto kCodesBefore = std::to_array<std::string_view>(
      {"mfa", "2fa", "otp", "totp", "one-time", "time", "authenticator"});
  constexpr auto kPinsAfter = std::to_array<std::string_view>(
      {"new", "old", "my", "your", "enter", "wrong", "correct", "incorrect", "invalid", "current",
       "sim", "atm", "card", "use", "using", "with"});
  const Name previous = name.begin > 1 && text_[name.begin - 1] == ' '
                            ? name_before(name.begin - 1)
                            : Name{name.begin, name.begin};
  const std::string_view before = part(previous.begin, previous.end);
  const std::string_view text = part(name.begin, name.end);
  if (!is_name_of_code(text) && !is_one_of_ignoring_case(kCodesBefore, before)) {
    return word.begin;
  }
  const bool is_pin_alone = s_.names_.look_up(text) == NameVerdict::kIfPin && value == word.end &&
                            !text.ends_with("PIN") && !is_one_of_ignoring_case(kPinsAfter, before);
  if (text.ends_with("PIN") && text_.substr(value).starts_with("number")) {
    value = after_verbs(skip(value + 6, [](char c) { return is_blank(c) || c == ':'; }));
  }
  const std::size_t end = is_pin_alone ? value : code_end(text_, value);
  return end != value ? take(value, end) : word.begin;
}

// "is hunter2." at the end of a sentence.
std::size_t SecretPass::stated_value(std::size_t value, std::size_t otherwise) {
  std::size_t end = skip(value, [](char c) { return !ends_spoken(c); });
  const std::size_t after = end;
  while (end > value && ends_sentence(text_[end - 1])) {
    --end;
  }
  const bool is_last = after != end || after == text_.size() || !is_blank(peek(after));
  return is_last && looks_secret(part(value, end)) ? take(value, end) : otherwise;
}

// The word after a name, with nothing but blanks between. A lone digit between them is the kind of a hash or a cipher (Cisco).
std::size_t SecretPass::adjacent_value(Name name, std::size_t value, std::size_t otherwise) {
  constexpr std::size_t kMaxDollarQuoted = 256;
  constexpr auto kParsers = std::to_array<std::string_view>({"unexpected", "near", "illegal"});
  if (is_ascii_digit(peek(value)) && is_blank(peek(value + 1))) {
    value = skip(value + 1, is_blank);
  }
  if (is_sign_between(peek(value)) && is_blank(peek(value + 1))) {
    value = skip(value + 1, is_blank);
  }
  value += is_opening(peek(value)) ? 1U : 0U;
  if (part(value, std::min(value + 2, text_.size())) == "$$") {  // a string of PostgreSQL
    const std::size_t close = text_.substr(0, value + kMaxDollarQuoted).find("$$", value + 2);
    return close == text_.npos ? otherwise : take(value + 2, close);
  }
  std::size_t end = skip(value, [](char c) { return !ends_spoken(c); });
  while (end > value && ends_sentence(text_[end - 1])) {
    --end;
  }
  const std::size_t user = part(value, end).find(':');  // credentials bob:hunter2
  value += user == std::string_view::npos ? 0 : user + 1;
  const std::size_t before =
      name.begin - (name.begin > 0 && text_[name.begin - 1] == ' ' ? 1U : 0U);
  const Name previous = before == name.begin ? Name{before, before} : name_before(before);
  if (is_one_of_ignoring_case(kParsers,
                              part(previous.begin, previous.end))) {  // unexpected token x1
    return otherwise;
  }
  const std::size_t line = text_.substr(0, name.begin).find_last_not_of(" \t");
  const std::size_t after = skip(end, is_blank);
  const bool begins_line = line == text_.npos || is_line_end(text_[line]);
  const bool ends_line = after == text_.size() || is_line_end(text_[after]);
  const std::string_view word = part(value, end);
  return (begins_line && ends_line ? is_placed_secret(word)
                                   : is_bare_secret(part(name.begin, name.end), word))
             ? take(value, end)
             : otherwise;
}

// "machine h login bob account a password x": `i` at "password".
bool SecretPass::follows_login(std::size_t i) const noexcept {
  constexpr std::size_t kMaxLine = 160;
  constexpr std::size_t kMaxWords = 3;  // bob, account a
  const std::string_view before = text_.substr(i - std::min(i, kMaxLine), std::min(i, kMaxLine));
  const auto login = before.rfind("login ");
  const std::string_view host = before.substr(0, std::min(login, before.size()));
  const bool is_machine = host.rfind("machine ") != host.npos || host.ends_with("default ");
  return login != before.npos && is_machine && !before.ends_with('-') &&
         static_cast<std::size_t>(std::ranges::count_if(trim(before.substr(login + 6)), [](char c) {
           return is_blank(c) || is_line_end(c);
         })) < kMaxWords;
}

// "471193 is your OTP", "471193 is the code for your payment", "use 471193 to verify": `i` at the first digit.
std::size_t SecretPass::number_of_sentence(std::size_t i) {
  constexpr std::size_t kMaxAfter = 48;
  constexpr auto kNames =
      std::to_array<std::string_view>({" code", " otp", " passcode", " pin", " password"});
  const std::size_t end = code_end(text_, i);
  const std::string_view after = text_.substr(end, kMaxAfter);
  if (end == i || !after.starts_with(' ')) {
    return i;
  }
  if (after.starts_with(" to verify") || after.starts_with(" to log in") ||
      after.starts_with(" to sign in") || after.starts_with(" to confirm")) {
    const std::string_view before = text_.substr(0, i);
    return before.ends_with("se ") || before.ends_with("nter ") ? take(i, end) : i;  // use, enter
  }
  if (!after.starts_with(" is your ") && !after.starts_with(" is the ")) {
    return i;
  }
  const std::string_view sentence = after.substr(0, after.find_first_of(".\n"));
  for (std::size_t at = 7; at < sentence.size(); ++at) {
    if (sentence[at] == ' ' && std::ranges::any_of(kNames, [&](std::string_view name) {
          return equals_ignoring_case(sentence.substr(at, name.size()), name) &&
                 !is_word_char(ringside::peek(after, at + name.size()));
        })) {
      return take(i, end);
    }
  }
  return i;
}

// password → hunter2, and the colon and the equals sign of Chinese and Japanese text.
std::size_t SecretPass::symbol(std::size_t i) {
  constexpr auto kArrows = std::to_array<std::string_view>(
      {"\xE2\x86\x92", "\xE2\x87\x92", "\xE2\x9E\x9C", "\xE2\x9E\xA1", "\xE2\x9F\xB6",
       "\xE2\x9F\xB9", "\xE2\x86\xA6"});
  constexpr auto kSeparators =
      std::to_array<std::string_view>({"\xEF\xBC\x9A", "\xEF\xBC\x9D", "\xE2\x89\x94"});
  const std::string_view sign = text_.substr(i, 3);
  const bool is_arrow = std::ranges::find(kArrows, sign) != kArrows.end();
  if (!is_arrow && std::ranges::find(kSeparators, sign) == kSeparators.end()) {
    return i;
  }
  const Name name = name_before(i);
  const std::size_t after = i + sign.size();
  const NameVerdict verdict = s_.names_.look_up(part(name.begin, name.end));
  if (verdict != NameVerdict::kHarmless) {
    return is_arrow ? made_value_of(name, after) : value_of(name, after, verdict);
  }
  if (const auto longer = longer_name(name)) {
    return name.begin == name.end && !is_arrow ? value_of(name, after, NameVerdict::kSecret)
                                               : made_value_of(*longer, after);
  }
  return i;
}

// The refresh tokens (1//0...) and authorization codes (4/0A...) of Google.
std::size_t SecretPass::google_token(std::size_t i) {
  constexpr std::size_t kMinBody = 30;
  const std::string_view rest = text_.substr(i);
  if (!rest.starts_with("1//0") && !rest.starts_with("4/0A")) {
    return i;
  }
  const std::size_t end = skip(i + 3, is_base64url_char);
  return end - i > kMinBody ? take(i, end) : i;
}

// A client secret of Microsoft Entra ID, abc8Q~..., and a token of OpenShift, sha256~...
std::size_t SecretPass::tilde(std::size_t i) {
  constexpr std::size_t kMinBody = 31;
  constexpr std::size_t kMaxBody = 128;
  constexpr std::size_t kEntraPrefix = 5;
  constexpr std::string_view kOpenShift = "sha256";
  const bool is_entra = i >= kEntraPrefix && text_[i - 1] == 'Q' && is_ascii_digit(text_[i - 2]);
  if (!is_entra && !text_.substr(0, i).ends_with(kOpenShift)) {
    return i;
  }
  std::size_t end = i + 1;
  while (end - i <= kMaxBody &&
         (is_base64url_char(peek(end)) || peek(end) == '.' || peek(end) == '~')) {
    ++end;
  }
  return end - i > kMinBody ? take(i - (is_entra ? kEntraPrefix : kOpenShift.size()), end) : i;
}

// The two hashes of a password of Windows, LM and NT, as tools print them: `i` at the colon between.
std::size_t SecretPass::windows_hashes(Name name, std::size_t i) {
  constexpr std::size_t kDigits = 32;
  if (name.end != i || name.end - name.begin != kDigits) {
    return i;
  }
  const std::size_t end = ringside::skip(text_.substr(0, i + kDigits + 2), i + 1, is_hex_digit);
  return end - i - 1 == kDigits && std::ranges::all_of(part(name.begin, name.end), is_hex_digit)
             ? take(name.begin, end)
             : i;
}

}  // namespace ringside
