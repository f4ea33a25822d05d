// Secrets that a sentence, an arrow or a marker of their issuer gives away.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {

// "the password is hunter2", "token was set to hunter2": words without a sign, where the value ends its sentence. Also the password
// of a line in ~/.netrc. `i` at the first letter of the name's last word.
std::size_t SecretPass::spoken(std::size_t i) {
  constexpr auto kBetween = std::to_array<std::string_view>(
      {"is", "was", "now", "set", "changed", "reset", "to", "equals"});
  constexpr int kMaxBetweenWords = 4;
  const std::size_t word_end = skip(i, is_ascii_letter);
  if (!is_blank(peek(word_end)) || !is_word_char(peek(word_end + 1))) {
    return i;
  }
  const Name name = name_before(word_end);
  if (!s_.names_.is_secret(part(name.begin, name.end)) && !longer_name(name)) {
    return i;
  }
  std::size_t value = skip(word_end, is_blank);
  const bool is_netrc = follows_login(name.begin);
  for (int n = 0; n < kMaxBetweenWords && !is_netrc; ++n) {
    const std::size_t end = skip(value, is_ascii_letter);
    if (!is_blank(peek(end)) || !is_one_of_ignoring_case(kBetween, part(value, end))) {
      if (n == 0) {
        return i;
      }
      break;
    }
    value = skip(end, is_blank);
  }
  std::size_t end = skip(
      value, [](char c) { return !is_blank(c) && !is_line_end(c) && !is_quote(c) && c != '\0'; });
  const std::size_t after = end;
  while (end > value && (text_[end - 1] == '.' || text_[end - 1] == ',' || text_[end - 1] == '!' ||
                         text_[end - 1] == ')')) {
    --end;
  }
  const bool ends_sentence = after != end || after == text_.size() || !is_blank(peek(after));
  return is_netrc || (ends_sentence && looks_secret(part(value, end))) ? take(value, end) : i;
}

// "machine h login bob password x": `i` at "password".
bool SecretPass::follows_login(std::size_t i) const noexcept {
  constexpr std::size_t kMaxLine = 160;
  const std::string_view before = text_.substr(i - std::min(i, kMaxLine), std::min(i, kMaxLine));
  const auto login = before.rfind("login ");
  const auto machine = before.substr(0, std::min(login, before.size())).rfind("machine ");
  return login != before.npos && machine != before.npos &&
         std::ranges::count_if(trim(before.substr(login + 6)),
                               [](char c) { return is_blank(c) || is_line_end(c); }) == 0;
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
