// When in doubt, the longer value: a harmless word may be lost, a secret must not leak. There is one
// exception. "token: expired" is a sentence, so a word that only says something about a secret
// (kStatements) is not taken for one.
#include "core/redact/secret_value.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

// Words between a name and its value: "Authorization: Bearer xyz", "token: Basic xyz".
constexpr auto kSchemes = std::to_array<std::string_view>(
    {"bearer", "basic", "digest", "negotiate", "apikey", "ntlm", "token", "bot"});

// Sorted.
constexpr auto kStatements = std::to_array<std::string_view>(
    {"a",          "absent",    "accepted", "added",     "already",   "an",           "and",
     "are",        "at",        "be",       "been",      "can",       "cannot",       "changed",
     "could",      "created",   "deleted",  "denied",    "disabled",  "does",         "empty",
     "enabled",    "eof",       "error",    "expected",  "expired",   "expires",      "failed",
     "failure",    "false",     "for",      "forbidden", "found",     "from",         "generated",
     "has",        "if",        "in",       "incorrect", "invalid",   "is",           "issued",
     "it",         "malformed", "may",      "mismatch",  "missing",   "must",         "needs",
     "nil",        "no",        "none",     "not",       "null",      "of",           "ok",
     "on",         "optional",  "or",       "pending",   "refreshed", "rejected",     "removed",
     "required",   "reset",     "revoked",  "rotated",   "set",       "should",       "signature",
     "the",        "this",      "to",       "too",       "true",      "unauthorized", "undefined",
     "unexpected", "unknown",   "unset",    "updated",   "valid",     "verified",     "was",
     "were",       "will",      "with",     "wrong",     "yes",       "you",          "your"});

constexpr std::string_view kDone = "[redacted]";
constexpr std::size_t kMaxStatement = 12;
// Of a word that stays. The names and separators in it are looked at next, and each of them looks at the rest of it.
constexpr std::size_t kMaxHarmless = 256;

[[nodiscard]] constexpr bool ends_word(char c) noexcept {
  return is_blank(c) || is_line_end(c) || is_quote(c) || c == '&' || c == ',' || c == ';' ||
         c == '\0';
}
// Whether another name and its value follow: "user=bob".
[[nodiscard]] bool begins_pair(std::string_view text, std::size_t i) noexcept {
  const std::size_t end = skip(text, i, is_name_char);
  return end > i && (peek(text, end) == '=' || peek(text, end) == ':');
}
// A word ends at '|' and at an escaped line end (\n) only where another name follows.
[[nodiscard]] std::size_t word_end(std::string_view text, std::size_t i) noexcept {
  for (; i < text.size() && !ends_word(text[i]); ++i) {
    const bool is_escape =
        text[i] == '\\' && (peek(text, i + 1) == 'n' || peek(text, i + 1) == 'r');
    if ((text[i] == '|' && begins_pair(text, i + 1)) || (is_escape && begins_pair(text, i + 2))) {
      return i;
    }
  }
  return std::min(i, text.size());
}
// The end of a value without quotes, whose first word ends at `end`: ',' and ';' do not end it where what follows is no word.
[[nodiscard]] std::size_t value_end(std::string_view text, std::size_t end) noexcept {
  while (peek(text, end) == ',' || peek(text, end) == ';') {
    const std::size_t next = word_end(text, end + 1);
    const std::string_view word = text.substr(end + 1, next - end - 1);
    const bool has_digit = std::ranges::any_of(word, is_ascii_digit);
    const bool goes_on = (has_digit && std::ranges::any_of(word, is_ascii_letter) &&
                          std::ranges::all_of(word, is_word_char)) ||
                         word.find_first_of("!#$*^~") != std::string_view::npos;
    if (!goes_on || begins_pair(text, end + 1)) {
      break;
    }
    end = next;
  }
  return end;
}
[[nodiscard]] std::size_t line_end(std::string_view text, std::size_t i) noexcept {
  return std::min(text.find_first_of("\r\n", i), text.size());
}

[[nodiscard]] bool is_number(std::string_view word) noexcept {
  return !word.empty() && is_ascii_digit(word.front()) && std::ranges::all_of(word, [](char c) {
    return is_ascii_digit(c) || c == '.' || c == '/' || c == '%' || c == ')' || c == '}' ||
           c == ']';
  });
}

// The value after an opening quote with `n_escapes` backslashes before it, as in JSON within JSON.
// The closing one has as many; a quote that belongs to the value has more, or is doubled ('it''s').
[[nodiscard]] std::size_t quoted_end(std::string_view text, std::size_t i, char quote,
                                     std::size_t n_escapes) noexcept {
  std::size_t n_backslashes = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++n_backslashes;
      continue;
    }
    if (text[i] == quote &&
        (n_backslashes < n_escapes || (n_backslashes - n_escapes) % (2 * (n_escapes + 1)) == 0)) {
      const bool is_doubled = n_escapes == 0 && n_backslashes == 0 && i > 0 &&
                              is_alphanumeric(text[i - 1]) && peek(text, i + 1) == quote &&
                              is_alphanumeric(peek(text, i + 2));
      if (!is_doubled) {
        return i - std::min(n_backslashes, n_escapes);
      }
      ++i;
    }
    n_backslashes = 0;
  }
  return text.size();
}

// Parentheses count only where the container begins with one.
[[nodiscard]] std::size_t container_end(std::string_view text, std::size_t i) noexcept {
  const bool has_calls = text[i] == '(';
  std::size_t depth = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '{' || c == '[' || (has_calls && c == '(')) {
      ++depth;
    } else if (c == '}' || c == ']' || (has_calls && c == ')')) {
      if (--depth == 0) {
        return i + 1;
      }
    } else if (c == '"' || c == '\'') {
      std::size_t n_escapes = 0;
      while (n_escapes < i && text[i - 1 - n_escapes] == '\\') {
        ++n_escapes;
      }
      const std::size_t end = quoted_end(text, i + 1, c, n_escapes);
      i = std::min(text.size(), end + n_escapes);
    }
    ++i;
  }
  return text.size();  // cut off: where it would have ended is unknown
}

// Lines from `i`, the end of the name's line, that are indented deeper than the name.
[[nodiscard]] ValueSpan indented_block(std::string_view text, std::size_t i,
                                       std::size_t name_begin) noexcept {
  constexpr std::size_t kMaxIndentation = 128;
  std::size_t begin = name_begin;
  while (begin > 0 && name_begin - begin < kMaxIndentation &&
         (is_blank(text[begin - 1]) || text[begin - 1] == '-' || is_quote(text[begin - 1]))) {
    --begin;
  }
  if (begin != 0 && !is_line_end(text[begin - 1])) {
    return {i, i};
  }
  const std::size_t indentation = skip(text, begin, is_blank) - begin;
  const bool is_in_item = peek(text, begin + indentation) == '-';
  std::size_t end = i;
  std::size_t first = text.size();
  for (std::size_t at = i; at < text.size();) {
    const std::size_t line = skip(text, at, is_line_end);
    const std::size_t content = skip(text, line, is_blank);
    const bool is_item =
        !is_in_item && content - line == indentation && text.substr(content).starts_with("- ");
    if (content == text.size() || (content - line <= indentation && !is_item)) {
      break;
    }
    first = std::min(first, content);
    at = line_end(text, content);
    end = at;
  }
  return first < end ? ValueSpan{first, end} : ValueSpan{i, i};
}

[[nodiscard]] std::size_t after_block_sign(std::string_view text, std::size_t i) noexcept {
  if (peek(text, i) != '|' && peek(text, i) != '>') {
    return 0;
  }
  const std::size_t end = skip(
      text, i + 1, [](char c) { return c == '-' || c == '+' || is_ascii_digit(c) || c == ' '; });
  return end < text.size() && is_line_end(text[end]) ? end : 0;
}

[[nodiscard]] ValueSpan rest_of_line(std::string_view text, std::size_t begin,
                                     std::size_t name_begin) noexcept {
  // A header that is one argument ends where its quote does.
  const char quote = name_begin == 0 ? '\0' : text[name_begin - 1];
  const std::size_t end = skip(text, begin, [&](char c) {
    return !is_line_end(c) && !(is_quote(quote) ? c == quote : false);
  });
  std::size_t value_end = end;
  while (end < text.size() && text[end] == quote && value_end > begin &&
         text[value_end - 1] == '\\') {
    --value_end;
  }
  return {begin, value_end};
}

// Some("x"), Secret { inner: "x" }, Optional[x], string(7) "x": what languages print around a value.
// The end of all of it; 0 when the word at `begin` is no wrapper, or never ends.
[[nodiscard]] std::size_t wrapper_end(std::string_view text, std::size_t begin) noexcept {
  constexpr std::size_t kMaxWrapper = 512;
  const std::size_t name_end =
      skip(text, begin, [](char c) { return is_word_char(c) || c == '.' || c == ':'; });
  const std::size_t open =
      peek(text, name_end) == ' ' && peek(text, name_end + 1) == '{' ? name_end + 1 : name_end;
  const char bracket = peek(text, open);
  if (name_end == begin || (bracket != '(' && bracket != '{' && bracket != '[')) {
    return 0;
  }
  const std::string_view bounded = text.substr(0, open + kMaxWrapper);
  const std::size_t end = container_end(bounded, open);
  if (end == bounded.size() && std::string_view(")}]").find(text[end - 1]) == std::string::npos) {
    return 0;
  }
  const std::size_t quote = skip(text, end, is_blank);
  if (text.substr(begin).starts_with("string(") && is_quote(peek(text, quote))) {
    return quoted_end(text, quote + 1, text[quote], 0);
  }
  return word_end(text, end);
}

[[nodiscard]] ValueSpan bare_word(std::string_view text, std::size_t begin,
                                  const ValueContext& context) noexcept {
  std::size_t end = word_end(text, begin);
  std::string_view word = text.substr(begin, end - begin);
  if (is_one_of_ignoring_case(kSchemes, word)) {
    begin = skip(text, end, is_blank);
    end = word_end(text, begin);
    return {begin, end};
  }
  if (equals_ignoring_case(word, "ConvertTo-SecureString") && is_blank(peek(text, end))) {
    return find_value(text, end, context);
  }
  if (word == "new" && is_blank(peek(text, end))) {  // new String("x")
    begin = skip(text, end, is_blank);
    end = word_end(text, begin);
    return {begin, std::max(end, wrapper_end(text, begin))};
  }
  if (std::ranges::all_of(word, is_ascii_letter)) {  // "password: String = x"
    const std::size_t next = skip(text, end, is_blank);
    if (peek(text, next) == '=' && is_quote(peek(text, skip(text, next + 1, is_blank)))) {
      return find_value(text, next + 1, context);
    }
  }
  if (word.size() <= kMaxHarmless &&
      (is_statement(word) || is_key_file(word) || (context.unless_number && is_number(word)) ||
       (context.unless_directory && word.starts_with('/')))) {
    return {begin, begin};
  }
  return {begin, std::max(value_end(text, end), wrapper_end(text, begin))};
}

// The body of a here document, whose tag `i` is at: <<EOF, <<-'EOF'.
[[nodiscard]] ValueSpan here_document(std::string_view text, std::size_t i) noexcept {
  const std::size_t begin =
      skip(text, i + 2, [](char c) { return c == '-' || c == '~' || is_quote(c); });
  const std::size_t end = skip(text, begin, is_word_char);
  const std::size_t line = line_end(text, end);
  const std::string_view tag = text.substr(begin, end - begin);
  if (tag.empty() || line == text.size()) {
    return {i, line};
  }
  for (std::size_t at = line; at < text.size();) {
    const std::size_t content = skip(text, skip(text, at, is_line_end), is_blank);
    if (text.substr(content).starts_with(tag)) {
      return {skip(text, line, is_line_end), at};
    }
    at = line_end(text, content);
  }
  return {skip(text, line, is_line_end), text.size()};
}

// Past what a language puts before a value: b'..', $'..', N'..', !!str x, &anchor x.
[[nodiscard]] std::size_t after_prefix(std::string_view text, std::size_t i) noexcept {
  std::size_t at = i;
  while (at - i < 2 &&
         std::string_view("bBuUrRfF$NL@").find(peek(text, at)) != std::string_view::npos &&
         at < text.size()) {
    ++at;
  }
  if (at != i && is_quote(peek(text, at))) {
    return at;
  }
  if (peek(text, i) == '&') {
    const std::size_t end = skip(text, i + 1, is_name_char);
    return end > i + 1 && is_blank(peek(text, end)) ? skip(text, end, is_blank) : i;
  }
  if (peek(text, i) == '!') {
    const std::size_t end = word_end(text, i);
    if (is_blank(peek(text, end))) {
      return skip(text, end, is_blank);
    }
  }
  return i;
}

}  // namespace

bool is_statement(std::string_view word) noexcept {
  while (!word.empty() && (word.back() == '.' || word.back() == ':' || word.back() == '!' ||
                           word.back() == ')' || word.back() == '}' || word.back() == ']')) {
    word.remove_suffix(1);
  }
  return word.size() <= kMaxStatement && is_one_of_ignoring_case(kStatements, word);
}

ValueSpan find_value(std::string_view text, std::size_t at, const ValueContext& context) noexcept {
  at = skip(text, at, [](char c) { return c == '=' || c == '>'; });  // ==, =>, :=
  at = after_marks(text, at);
  const bool had_blank = is_blank(peek(text, at));
  std::size_t i = after_marks(text, skip(text, at, is_blank));
  if (peek(text, i) == '\\' && is_line_end(peek(text, i + 1))) {  // joined with the next line
    i = skip(text, i + 1, [](char c) { return is_line_end(c) || is_blank(c); });
  }
  i = after_annotation(text, after_prefix(text, i));
  if (text.substr(std::min(i, text.size())).starts_with("<<")) {
    if (is_quote(peek(text, i + 2))) {  // <<"x">> of Erlang
      const std::size_t end = quoted_end(text, i + 3, text[i + 2], 0);
      if (text.substr(std::min(end + 1, text.size())).starts_with(">>")) {
        return {i + 3, end};
      }
    }
    return here_document(text, i);
  }
  if (const std::size_t block = after_block_sign(text, i); block != 0 && had_blank) {
    return indented_block(text, block, context.name_begin);
  }
  if (is_line_end(peek(text, i))) {
    // PHP: ["password"]=>, and string(7) "hunter2" on the next line.
    if (const std::size_t line =
            skip(text, i, [](char c) { return is_line_end(c) || is_blank(c); });
        i > 0 && text[i - 1] == '>' && text.substr(line).starts_with("string(")) {
      return {line, line_end(text, line)};
    }
    return indented_block(text, i, context.name_begin);
  }
  if (const std::size_t n = quote_length(text, i); n != 0) {
    const std::size_t begin = i + n;
    const char quote = text[begin - 1];
    if (!is_quote(quote)) {  // an entity
      return {begin, std::min(text.find(text.substr(i, n), begin), text.size())};
    }
    if (peek(text, begin) == quote && peek(text, begin + 1) == quote) {
      return {begin + 2, std::min(text.find(text.substr(begin - 1, 3), begin + 2), text.size())};
    }
    if (n == 1 && peek(text, begin) == quote &&
        is_word_char(peek(text, begin + 1))) {  // CSV: ""x""
      return {begin + 1, std::min(text.find(quote, begin + 1), text.size())};
    }
    return {begin, quoted_end(text, begin, quote, n - 1)};
  }
  if (text.substr(i).starts_with(kDone)) {
    return {i + kDone.size(), i + kDone.size()};
  }
  if (peek(text, i) == '{' || peek(text, i) == '[') {
    const std::size_t end = container_end(text, i);
    return {i, is_alphanumeric(peek(text, end)) ? word_end(text, end) : end};  // {SSHA}base64
  }
  return context.whole_line ? rest_of_line(text, i, context.name_begin)
                            : bare_word(text, i, context);
}

ValueSpan find_encoded_value(std::string_view text, std::size_t at) noexcept {
  while (text.substr(std::min(at, text.size())).starts_with("%20") || peek(text, at) == '+') {
    at += text[at] == '+' ? 1U : 3U;
  }
  const std::size_t n = quote_length(text, at);
  const std::size_t begin = at + n;
  if (n != 0) {
    return {begin, std::min(text.find(text.substr(at, n), begin), text.size())};
  }
  std::size_t end = begin;
  while (end < text.size() && !ends_word(text[end])) {
    const std::string_view rest = text.substr(end, 3);
    if (rest == "%26" || rest == "%3B" || rest == "%3b" || rest == "%20" || rest == "%0A") {
      break;
    }
    ++end;
  }
  return {begin, end};
}

ValueSpan find_element_text(std::string_view text, std::size_t at) noexcept {
  constexpr std::string_view kCdata = "<![CDATA[";
  const std::size_t close = text.find_first_of("<>", at);
  if (close == std::string_view::npos || text[close] != '>' || text[close - 1] == '/') {
    return {at, at};
  }
  const std::size_t begin = close + 1;
  if (const std::size_t first =
          skip(text, begin, [](char c) { return is_blank(c) || is_line_end(c); });
      text.substr(first).starts_with(kCdata)) {
    const std::size_t inner = first + kCdata.size();
    return {inner, std::min(text.find("]]>", inner), text.size())};
  }
  return {begin, std::min(text.find('<', begin), text.size())};
}

}  // namespace ringside
