// Matchers by hand and not by regular expression: each hangs on one byte that clean text seldom has
// (':' '=' '@' '-', a digit, "eyJ"), so that a text is walked once, sixteen bytes at a time, and a
// matcher looks around only where its byte stands. An RE2 for each pattern would walk every string
// seven times, and the assignment's look back at a name would make it start at every word.
//
// Between hiding too much and too little, these hide too much: "Invalid token: unexpected end"
// loses a word, and nobody a secret.
#include "core/redact/redact_scan.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "core/base/text.hpp"
#include "core/redact/secret_scan_cards.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ringside {
namespace {

constexpr std::string_view kDone = "[redacted]";
constexpr std::size_t kMaxNameLookBack = 128;

// Words between a name and its value that are not the value: "Authorization: Bearer xyz", "token:
// Basic xyz".
constexpr std::array<std::string_view, 5> kSchemes{"bearer", "basic", "digest", "negotiate",
                                                   "apikey"};
// Names whose value is the rest of the line: several words, or several pairs.
constexpr std::array<std::string_view, 3> kWholeLine{"authorization", "cookie", "pgpass"};
const std::vector<std::string> kAwsNames{"aws_secret_access_key", "secret_access_key",
                                         "aws_secret_key", "aws_session_token"};

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
[[nodiscard]] constexpr bool is_word(char c) noexcept {
  return is_letter(c) || is_digit(c) || c == '_';
}
[[nodiscard]] constexpr bool is_name(char c) noexcept { return is_word(c) || c == '-' || c == '.'; }
[[nodiscard]] constexpr bool is_base64url(char c) noexcept { return is_word(c) || c == '-'; }
[[nodiscard]] constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }
[[nodiscard]] constexpr bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }
[[nodiscard]] constexpr bool is_quote(char c) noexcept { return c == '"' || c == '\'' || c == '`'; }
[[nodiscard]] constexpr bool ends_bare_value(char c) noexcept {
  return is_space(c) || is_line_end(c) || is_quote(c) || c == '&' || c == ',' || c == ';' ||
         c == '\0';
}
[[nodiscard]] constexpr bool is_url_password(char c) noexcept {
  return !is_space(c) && !is_line_end(c) && !is_quote(c) && c != '/' && c != '?' && c != '#' &&
         c != '<' && c != '>';
}

[[nodiscard]] bool is_upper_or_digit(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || is_digit(c);
}

// A bit for each byte of text[block, block + kBlockBytes) at which a secret could show: all that a
// matcher hangs on, less those whose neighbours tell that nothing comes of them. That spares most
// of what ids are made of.
//
//   = : @             always
//   -                 before another
//   J                 behind a y, as in eyJ
//   A B b and digits  where a word begins; for digits also - and . are of the word
constexpr std::size_t kBlockBytes = 16;

#if defined(__SSE2__)
// All ones where low <= c <= high; both below 0x80, so that a byte above is in no range.
[[nodiscard]] __m128i in_range(__m128i bytes, char low, char high) noexcept {
  return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(low - 1))),
                       _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(high + 1))));
}
[[nodiscard]] __m128i is_byte(__m128i bytes, char c) noexcept {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

[[nodiscard]] unsigned suspects_in(std::string_view text, std::size_t block) noexcept {
  __m128i bytes;
  if (text.size() - block >= kBlockBytes) {
    bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + block));
  } else {
    std::array<char, kBlockBytes> rest{};  // zeros are nothing
    text.copy(rest.data(), kBlockBytes, block);
    bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rest.data()));
  }
  const char first_before = block == 0 ? '\0' : text[block - 1];
  const __m128i before = _mm_or_si128(_mm_slli_si128(bytes, 1),
                                      _mm_cvtsi32_si128(static_cast<unsigned char>(first_before)));
  // The last byte's neighbour is in the next block: it is taken for a dash.
  const __m128i after =
      _mm_or_si128(_mm_srli_si128(bytes, 1), _mm_slli_si128(_mm_set1_epi8('-'), 15));

  const __m128i digit = in_range(bytes, '0', '9');
  const __m128i letter_before = in_range(_mm_or_si128(before, _mm_set1_epi8(0x20)), 'a', 'z');
  const __m128i word_before =
      _mm_or_si128(letter_before, _mm_or_si128(in_range(before, '0', '9'), is_byte(before, '_')));
  const __m128i name_before = _mm_or_si128(word_before, in_range(before, '-', '.'));

  const __m128i always =
      _mm_or_si128(is_byte(bytes, '='), _mm_or_si128(is_byte(bytes, ':'), is_byte(bytes, '@')));
  const __m128i dashes = _mm_and_si128(is_byte(bytes, '-'), is_byte(after, '-'));
  const __m128i jwt = _mm_and_si128(is_byte(bytes, 'J'), is_byte(before, 'y'));
  const __m128i capital =
      _mm_or_si128(is_byte(bytes, 'A'), is_byte(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'b'));
  const __m128i begins =
      _mm_or_si128(_mm_andnot_si128(word_before, capital), _mm_andnot_si128(name_before, digit));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(always, dashes), _mm_or_si128(jwt, begins))));
}
#else
[[nodiscard]] unsigned suspects_in(std::string_view text, std::size_t block) noexcept {
  unsigned suspects = 0;
  for (std::size_t i = block; i < std::min(text.size(), block + kBlockBytes); ++i) {
    const char c = text[i];
    const char before = i == 0 ? '\0' : text[i - 1];
    const bool suspect = c == '=' || c == ':' || c == '@' ? true
                         : c == '-'    ? i + 1 == text.size() || text[i + 1] == '-'
                         : c == 'J'    ? before == 'y'
                         : is_digit(c) ? !is_name(before)
                                       : (c == 'A' || c == 'B' || c == 'b') && !is_word(before);
    suspects |= suspect ? 1U << (i - block) : 0U;
  }
  return suspects;
}
#endif

}  // namespace

// One scan of one text. A matcher returns where to go on: behind what it took, or just behind the
// byte that called it.
class SecretScanner::Pass {
 public:
  Pass(const SecretScanner& scanner, std::string_view text, std::vector<TextSpan>& out)
      : s_(scanner), text_(text), out_(out) {}

  void run() {
    std::size_t i = 0;  // what stands before it is done with
    for (std::size_t block = 0; block < text_.size(); block += kBlockBytes) {
      for (unsigned suspects = suspects_in(text_, block); suspects != 0; suspects &= suspects - 1) {
        const std::size_t suspect = block + static_cast<std::size_t>(std::countr_zero(suspects));
        if (suspect >= i && s_.interesting_[static_cast<unsigned char>(text_[suspect])]) {
          i = std::max(suspect + 1, at(suspect));
        }
      }
    }
  }

 private:
  [[nodiscard]] std::size_t at(std::size_t i) {
    switch (text_[i]) {
      case 'J':  // of "eyJ": the other two letters are everywhere
        return s_.patterns_.jwt && i >= 2 ? jwt(i - 2) : i;
      case '-':
        return dashes(i);
      case 'A':
        return s_.patterns_.aws ? aws_id(i) : i;
      case 'B':
      case 'b':
        return s_.patterns_.assignment ? bearer(i) : i;
      case '=':
      case ':':
        return separator(i);
      case '@':
        return s_.patterns_.email ? email(i) : i;
      default:
        return digits(i);
    }
  }

  [[nodiscard]] char peek(std::size_t i) const noexcept {
    return i < text_.size() ? text_[i] : '\0';
  }
  [[nodiscard]] bool starts_word(std::size_t i) const noexcept {
    return i == 0 || !is_word(text_[i - 1]);
  }
  template <class Is>
  [[nodiscard]] std::size_t skip(std::size_t i, Is is) const noexcept {
    while (i < text_.size() && is(text_[i])) {
      ++i;
    }
    return i;
  }

  // Spans come in order of their begin, except that an address or a URL may begin before the last
  // one: those are merged.
  std::size_t take(std::size_t begin, std::size_t end) {
    if (begin < end && text_.substr(begin, end - begin) != kDone) {
      while (!out_.empty() && out_.back().begin >= begin) {
        end = std::max(end, out_.back().end);
        out_.pop_back();
      }
      if (!out_.empty() && out_.back().end >= begin) {
        out_.back().end = std::max(end, out_.back().end);
      } else {
        out_.push_back({begin, end});
      }
    }
    return end;
  }

  // header.payload.signature, and the five parts of an encrypted one; also one that was cut off
  // behind its first dot.
  [[nodiscard]] std::size_t jwt(std::size_t i) {
    if (i < no_jwt_before_ || !text_.substr(i).starts_with("eyJ") || !starts_word(i)) {
      return i;
    }
    std::size_t end = skip(i, is_base64url);
    no_jwt_before_ = end;  // what begins further on in the same run of characters fares no better
    if (end - i < 10 || peek(end) != '.') {
      return i;
    }
    std::size_t n_dots = 0;
    while (peek(end) == '.' && n_dots < 4) {
      ++n_dots;
      end = skip(end + 1, is_base64url);
    }
    return n_dots >= 2 || end == text_.size() ? take(i, end) : i;
  }

  [[nodiscard]] std::size_t dashes(std::size_t i) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    if (s_.patterns_.pem && text_.substr(i).starts_with(kBegin)) {
      const std::size_t label_end = text_.find("-----", i + kBegin.size());
      const std::string_view label = text_.substr(i + kBegin.size(), label_end - i - kBegin.size());
      if (label_end != std::string_view::npos && label.size() <= 64 &&
          label.find("PRIVATE KEY") != std::string_view::npos) {
        const std::size_t end_line = text_.find("-----END ", label_end);
        const std::size_t tail =
            end_line == std::string_view::npos ? end_line : text_.find("-----", end_line + 9);
        return take(i, tail == std::string_view::npos ? text_.size() : tail + 5);
      }
      return i;
    }
    if (s_.patterns_.assignment && peek(i + 1) == '-' && starts_word(i)) {  // --password hunter2
      std::size_t name_end = i + 2;
      while (is_name(peek(name_end)) && name_end - i < kMaxNameLookBack) {
        ++name_end;
      }
      const std::size_t value = skip(name_end, is_space);
      if (value > name_end && peek(value) != '-' &&
          s_.names_.ends_in_one(text_.substr(i + 2, name_end - i - 2))) {
        return value_at(value, false);
      }
    }
    return i;
  }

  [[nodiscard]] std::size_t aws_id(std::size_t i) {
    const std::string_view prefix = text_.substr(i, 4);
    if ((prefix != "AKIA" && prefix != "ASIA") || !starts_word(i)) {
      return i;
    }
    const std::size_t end = skip(i, is_upper_or_digit);
    return end - i == 20 && !is_word(peek(end)) ? take(i, end) : i;
  }

  [[nodiscard]] std::size_t bearer(std::size_t i) {
    if (!starts_word(i) || !equals_ignoring_case(text_.substr(i, 6), "bearer") ||
        !is_space(peek(i + 6))) {
      return i;
    }
    const std::size_t begin = skip(i + 6, is_space);
    const std::size_t end = skip(begin, [](char c) { return !ends_bare_value(c); });
    // "bearer of bad news" is no token: those are long, and have digits, dots or capitals.
    const std::string_view token = text_.substr(begin, end - begin);
    const bool looks_made = std::ranges::any_of(
        token, [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '.'; });
    return token.size() >= 8 && looks_made ? take(begin, end) : i;
  }

  [[nodiscard]] std::size_t separator(std::size_t i) {
    if (text_[i] == ':' && peek(i + 1) == '/' && peek(i + 2) == '/') {
      return s_.patterns_.url ? url(i) : i;
    }
    if (peek(i + 1) == text_[i] || (i > 0 && (text_[i - 1] == text_[i] || text_[i - 1] == '!'))) {
      return i;  // == != ::
    }
    // The name before it, which may stand in quotes, escaped ones too.
    std::size_t name_end = i;
    while (name_end > 0 && (is_space(text_[name_end - 1]) || is_quote(text_[name_end - 1]) ||
                            text_[name_end - 1] == '\\')) {
      --name_end;
    }
    std::size_t name_begin = name_end;
    while (name_begin > 0 && name_end - name_begin < kMaxNameLookBack &&
           is_name(text_[name_begin - 1])) {
      --name_begin;
    }
    const std::string_view name = text_.substr(name_begin, name_end - name_begin);
    if (name.size() < 3) {
      return i;
    }
    if (s_.patterns_.assignment && s_.names_.ends_in_one(name)) {
      const bool whole_line = std::ranges::any_of(kWholeLine, [&](std::string_view word) {
        return name.size() >= word.size() &&
               equals_ignoring_case(name.substr(name.size() - word.size()), word);
      });
      return value_at(i + 1, whole_line);
    }
    if (s_.patterns_.aws && s_.aws_names_.ends_in_one(name)) {
      return value_at(i + 1, false);
    }
    return i;
  }

  // The value that begins at or behind `i`, after spaces, '>' of "=>", and an opening quote.
  [[nodiscard]] std::size_t value_at(std::size_t i, bool whole_line) {
    if (peek(i) == '>') {
      ++i;
    }
    i = skip(i, is_space);
    std::size_t begin = skip(i, [](char c) { return c == '\\'; });
    if (is_quote(peek(begin))) {
      const bool was_escaped = begin != i;
      const char quote = text_[begin++];
      return take(begin, quoted_end(begin, quote, was_escaped));
    }
    begin = i;
    if (peek(begin) == '{' ||
        peek(begin) == '[') {  // a container: where it ends nobody knows in half a text
      return text_.substr(begin).starts_with(kDone) ? begin + kDone.size()
                                                    : take(begin, text_.size());
    }
    if (whole_line) {
      return take(begin, skip(begin, [](char c) { return !is_line_end(c) && !is_quote(c); }));
    }
    std::size_t end = skip(begin, [](char c) { return !ends_bare_value(c); });
    const std::string_view first = text_.substr(begin, end - begin);
    if (std::ranges::any_of(kSchemes, [&](std::string_view scheme) {
          return equals_ignoring_case(first, scheme);
        })) {
      begin = skip(end, is_space);
      end = skip(begin, [](char c) { return !ends_bare_value(c); });
    }
    return take(begin, end);
  }

  [[nodiscard]] std::size_t quoted_end(std::size_t i, char quote, bool was_escaped) const noexcept {
    for (; i < text_.size() && text_[i] != quote; ++i) {
      if (text_[i] == '\\' && (was_escaped ? peek(i + 1) == quote : true)) {
        if (was_escaped) {
          return i;
        }
        ++i;
      }
    }
    return std::min(i, text_.size());
  }

  // `i` at the ':' of "://". The user's name stays.
  [[nodiscard]] std::size_t url(std::size_t i) {
    const std::size_t authority = i + 3;
    const std::size_t n = skip(authority, is_url_password) - authority;
    const std::string_view user_and_host = text_.substr(std::min(authority, text_.size()), n);
    const std::size_t at_sign = user_and_host.rfind('@');
    const std::size_t colon = user_and_host.find(':');
    return at_sign != std::string_view::npos && colon < at_sign
               ? take(authority + colon + 1, authority + at_sign)
               : i;
  }

  [[nodiscard]] std::size_t digits(std::size_t i) {
    if (i > 0 && is_name(text_[i - 1])) {  // within a word, a UUID or a decimal, as most digits are
      return skip(i, is_digit);
    }
    const CardMatch match = match_card(text_, i);
    return match.is_card ? take(i, match.end) : match.end;
  }

  [[nodiscard]] std::size_t email(std::size_t i) {
    std::size_t begin = i;
    while (begin > 0 && i - begin < 64 &&
           (is_name(text_[begin - 1]) || text_[begin - 1] == '+' || text_[begin - 1] == '%')) {
      --begin;
    }
    std::size_t end =
        skip(i + 1, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; });
    while (end > i && !is_letter(text_[end - 1]) && !is_digit(text_[end - 1])) {
      --end;
    }
    const std::string_view domain = text_.substr(std::min(i + 1, end), end - std::min(i + 1, end));
    const std::size_t dot = domain.rfind('.');
    return begin < i && dot != std::string_view::npos && dot > 0 && domain.size() - dot > 2
               ? take(begin, end)
               : i;
  }

  const SecretScanner& s_;
  std::string_view text_;
  std::vector<TextSpan>& out_;
  std::size_t no_jwt_before_ = 0;
};

SecretScanner::SecretScanner(SecretPatterns patterns, const SecretNames& names)
    : patterns_(patterns), names_(names), aws_names_(kAwsNames) {
  const auto mark = [this](std::string_view bytes, bool wanted) {
    for (const char c : bytes) {
      interesting_[static_cast<unsigned char>(c)] |= wanted;
    }
  };
  mark("J", patterns.jwt);
  mark("-", patterns.pem || patterns.assignment);
  mark("A", patterns.aws);
  mark("Bb", patterns.assignment);
  mark("=:", patterns.assignment || patterns.url || patterns.aws);
  mark("0123456789", patterns.card);
  mark("@", patterns.email);
}

void SecretScanner::scan(std::string_view text, std::vector<TextSpan>& out) const {
  Pass(*this, text, out).run();
}

}  // namespace ringside
