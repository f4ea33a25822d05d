#pragma once
// Classes of characters that the scanners of this directory share. ASCII; bytes of longer UTF-8
// sequences belong to none of them. Threads: pure functions.

namespace ringside {

[[nodiscard]] constexpr bool is_ascii_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_ascii_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool is_ascii_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
[[nodiscard]] constexpr bool is_ascii_letter(char c) noexcept {
  return is_ascii_upper(c) || is_ascii_lower(c);
}
[[nodiscard]] constexpr bool is_alphanumeric(char c) noexcept {
  return is_ascii_letter(c) || is_ascii_digit(c);
}
[[nodiscard]] constexpr bool is_hex_digit(char c) noexcept {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
[[nodiscard]] constexpr bool is_word_char(char c) noexcept {
  return is_alphanumeric(c) || c == '_';
}
[[nodiscard]] constexpr bool is_base64url_char(char c) noexcept {
  return is_word_char(c) || c == '-';
}
[[nodiscard]] constexpr bool is_base64_char(char c) noexcept {
  return is_alphanumeric(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_';
}
// Of the name of a variable, a header or a member.
[[nodiscard]] constexpr bool is_name_char(char c) noexcept {
  return is_word_char(c) || c == '-' || c == '.';
}
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
[[nodiscard]] constexpr bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }
[[nodiscard]] constexpr bool is_quote(char c) noexcept { return c == '"' || c == '\'' || c == '`'; }

}  // namespace ringside
