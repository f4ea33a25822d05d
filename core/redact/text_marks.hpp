#pragma once
// Signs in a text that are no part of what it says: quotes in their many encodings, colors of terminals, blanks that
// do not break. A name, its separator and its value have them between.
//
// Threads: pure functions. Cost: bounded, but for runs of the same sign.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "core/redact/text_class.hpp"

namespace ringside {

// The byte at `i`; NUL beyond the end.
[[nodiscard]] inline char peek(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? text[i] : '\0';
}
// Past the bytes from `i` on that `is` is true of.
template <class Is>
[[nodiscard]] std::size_t skip(std::string_view text, std::size_t i, Is is) noexcept {
  while (i < text.size() && is(text[i])) {
    ++i;
  }
  return i;
}

// Whether a text is more likely a secret than a word.
[[nodiscard]] inline bool looks_made(std::string_view text) noexcept {
  return std::ranges::any_of(
      text, [](char c) { return is_ascii_digit(c) || is_ascii_upper(c) || !is_word_char(c); });
}

// Whether a text is long enough for a password, and no word of a language, number or place in a source file.
[[nodiscard]] inline bool looks_secret(std::string_view text) noexcept {
  constexpr std::size_t kMinSecret = 6;
  const bool has_digit = std::ranges::any_of(text, is_ascii_digit);
  const bool has_letter = std::ranges::any_of(text, is_ascii_letter);
  return text.size() >= kMinSecret && has_digit && has_letter && !text.starts_with("0x") &&
         text.find_first_of(" ,()<>&*=:") == std::string_view::npos;
}

// The path of a file with a key in it: it is no secret. A key in base64 has no dot.
[[nodiscard]] bool is_key_file(std::string_view text) noexcept;

// Past what dumpers write between a name and a quoted value: (string) (len=7) "x", (*string)(0xc000)("x"), string 'x'.
[[nodiscard]] std::size_t after_annotation(std::string_view text, std::size_t at) noexcept;

// An option whose value is user:password, of curl and its like.
inline constexpr std::array<std::string_view, 7> kUserOptions{
    "-u", "--user", "--proxy-user", "--auth", "--creds", "--src-creds", "--dest-creds"};
[[nodiscard]] inline bool is_user_option(std::string_view text) noexcept {
  return std::ranges::find(kUserOptions, text) != kUserOptions.end();
}

// The label of a PEM block that has to stay secret: "RSA PRIVATE KEY", "OpenVPN Static key V1".
[[nodiscard]] inline bool is_private_label(std::string_view label) noexcept {
  return label.find("PRIVATE KEY") != std::string_view::npos ||
         label.find("Static key") != std::string_view::npos;
}

// Bytes at `at` that are a quote in some encoding, backslashes before it included: ", \", &quot;,
// %22. 0 when there is none.
[[nodiscard]] std::size_t quote_length(std::string_view text, std::size_t at) noexcept;
// The encoded quote or bracket that `text` ends in (&quot;, %22, %5D); empty when there is none.
[[nodiscard]] std::string_view encoded_quote_before(std::string_view text) noexcept;

// Past, and back before, what a terminal does not show as a sign: colors (ESC [ 31 m), a hard blank.
[[nodiscard]] std::size_t after_marks(std::string_view text, std::size_t at) noexcept;
[[nodiscard]] std::size_t before_marks(std::string_view text, std::size_t end) noexcept;

}  // namespace ringside
