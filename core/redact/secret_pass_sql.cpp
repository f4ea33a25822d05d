// Statements of SQL, as databases and libraries log them. The name of a secret is a keyword or a column far from its value.
#include <algorithm>
#include <array>
#include <bitset>

#include "core/base/text.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxColumns = 64;
constexpr std::size_t kMaxColumnsText = 1024;
constexpr std::size_t kMaxValue = 4096;

[[nodiscard]] bool starts_with_word(std::string_view text, std::size_t at,
                                    std::string_view word) noexcept {
  return at <= text.size() && equals_ignoring_case(text.substr(at, word.size()), word) &&
         !is_word_char(peek(text, at + word.size()));
}
[[nodiscard]] bool contains_word(std::string_view text, std::string_view word) noexcept {
  for (std::size_t i = 0; i + word.size() < text.size(); ++i) {
    if ((i == 0 || !is_word_char(text[i - 1])) && starts_with_word(text, i, word)) {
      return true;
    }
  }
  return false;
}
[[nodiscard]] constexpr bool is_space(char c) noexcept { return is_blank(c) || is_line_end(c); }
// ?, $1, :name, @name, %s
[[nodiscard]] constexpr bool begins_placeholder(char c) noexcept {
  return c == '?' || c == '$' || c == ':' || c == '@' || c == '%';
}

}  // namespace

// IDENTIFIED BY hunter2, without quotes; IDENTIFIED BY VALUES 'hash'. `at` follows "IDENTIFIED".
std::size_t SecretPass::identified(std::size_t i, std::size_t at) {
  constexpr std::size_t kMaxBefore = 128;
  at = skip(at, is_space);
  const std::string_view before = part(i - std::min(i, kMaxBefore), i);
  const bool is_statement = contains_word(before, "create") || contains_word(before, "alter") ||
                            contains_word(before, "grant");
  if (!starts_with_word(text_, at, "by") || !is_statement) {  // "a problem identified by Bob"
    return i;
  }
  at = skip(at + 2, is_space);
  if (starts_with_word(text_, at, "values") || starts_with_word(text_, at, "password")) {
    at = skip(skip(at, is_ascii_letter), is_space);
  }
  const ValueSpan value = find_value(text_, at, {.name_begin = i});
  return value.end > value.begin && !begins_placeholder(peek(value.begin))
             ? take(value.begin, value.end)
             : i;
}

// SET PASSWORD FOR 'bob'@'%' = 'hunter2', and PASSWORD elastic = hunter2. `at` follows "PASSWORD".
std::size_t SecretPass::password_for(std::size_t i, std::size_t at) {
  constexpr std::size_t kMaxUser = 96;
  const std::string_view near = text_.substr(0, at + kMaxUser);
  const std::size_t sign =
      ringside::skip(near, at, [](char c) { return c != '=' && c != ';' && !is_line_end(c); });
  if (peek(sign) != '=' || sign >= near.size() || sign < at + 3 ||
      std::ranges::count(part(at, sign), ' ') > 3) {
    return i;
  }
  const ValueSpan value = find_value(text_, sign + 1, {.name_begin = i});
  return value.end > value.begin && !begins_placeholder(peek(value.begin))
             ? take(value.begin, value.end)
             : i;
}

// INSERT INTO users (name, password) VALUES ('bob', 'hunter2'). `at` follows "INSERT" or "REPLACE".
std::size_t SecretPass::inserted(std::size_t i, std::size_t at) {
  at = skip(at, is_space);
  if (!starts_with_word(text_, at, "into")) {
    return i;
  }
  const std::string_view head = text_.substr(0, at + kMaxColumnsText);
  const std::size_t open =
      ringside::skip(head, at, [](char c) { return c != '(' && c != ';' && c != ')'; });
  const std::size_t close =
      ringside::skip(head, open + 1, [](char c) { return c != '(' && c != ';' && c != ')'; });
  if (peek(open) != '(' || peek(close) != ')' || close >= head.size()) {
    return i;
  }
  std::bitset<kMaxColumns> is_secret;
  std::size_t column = 0;
  for (std::size_t begin = open + 1; begin < close && column < kMaxColumns; ++column) {
    const std::size_t comma = part(begin, close).find(',');
    const std::size_t end = comma == std::string_view::npos ? close : begin + comma;
    is_secret[column] = s_.names_.is_secret(part(begin, end));
    begin = end + 1;
  }
  at = skip(close + 1, is_space);
  if (is_secret.none() || !starts_with_word(text_, at, "values")) {
    return i;
  }
  std::size_t taken = i;
  at = skip(at + 6, is_space);
  while (peek(at) == '(') {  // a row
    column = 0;
    do {
      const ValueSpan value = value_of_row(skip(at + 1, is_space));
      const std::string_view text = part(value.begin, value.end);
      if (column < kMaxColumns && is_secret[column++] && !text.empty() &&
          !begins_placeholder(text.front()) && !is_statement(text)) {
        taken = take(value.begin, value.end);
      }
      at = skip(value.end + quote_length(text_, value.end), is_space);
    } while (peek(at) == ',');
    at = skip(at + (peek(at) == ')' ? 1U : 0U), is_space);
    at = peek(at) == ',' ? skip(at + 1, is_space) : at;
  }
  return taken;
}

// A value of a row at `at`, without its quotes: up to the comma or the bracket after it. Calls of functions have both in them.
ValueSpan SecretPass::value_of_row(std::size_t at) const noexcept {
  const std::string_view near = text_.substr(0, at + kMaxValue);
  if (quote_length(text_, at) != 0) {
    return find_value(near, at, {});
  }
  std::size_t end = ringside::skip(near, at, [](char c) {
    return c != ',' && c != '(' && c != ')' && c != ';' && !is_quote(c);
  });
  if (peek(end) == '(') {
    end = std::min(near.find(')', end), near.size() - 1) + 1;
  }
  return {at, end};
}

}  // namespace ringside
