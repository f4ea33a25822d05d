#pragma once
// Text that came from outside: made valid UTF-8, safe to print, split, compared. Threads: pure
// functions.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside {

// Whether `text` is valid UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above
// U+10FFFF).
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

// `text` with every maximal ill-formed subsequence replaced by U+FFFD (Unicode 15, section 3.9,
// "best practice").
[[nodiscard]] std::string to_valid_utf8(std::string_view text);

// For terminals and logs: C0 and C1 controls, DEL and bidirectional overrides appear as \n, \t,
// \x1b, \u202e; invalid bytes as U+FFFD. The result contains no byte below 0x20.
[[nodiscard]] std::string escape_controls(std::string_view text);

// JSON text with the same characters, those that a terminal would obey written as \uXXXX: DEL, C1
// controls, bidirectional controls, line separators. `text` must be valid JSON; such characters are
// only inside its strings.
[[nodiscard]] std::string escape_json_controls(std::string_view text);

// Appends `text` as a JSON string with its quotes. `text` must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
// Splits at `separator`; empty pieces are kept, so "a,,b" gives three.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;  // ASCII
// Whether `word` is one of a few words. The length and the first letter rule out most without a call.
[[nodiscard]] inline bool is_one_of_ignoring_case(std::span<const std::string_view> words,
                                                  std::string_view word) noexcept {
  return std::ranges::any_of(words, [&](std::string_view known) {
    return known.size() == word.size() && (known[0] | 0x20) == (word[0] | 0x20) &&
           equals_ignoring_case(known, word);
  });
}

// Whether `name` ends in one of a few words.
[[nodiscard]] inline bool ends_in_one_of_ignoring_case(std::span<const std::string_view> endings,
                                                       std::string_view name) noexcept {
  return std::ranges::any_of(endings, [&](std::string_view ending) {
    return name.size() >= ending.size() &&
           equals_ignoring_case(name.substr(name.size() - ending.size()), ending);
  });
}

// Whether `name` matches a glob of `*` (any run) and `?` (one character); case matters; linear
// time.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name) noexcept;

// A whole decimal number without sign or space; nothing on overflow or anything else.
[[nodiscard]] bool parse_u64(std::string_view text, std::size_t& out) noexcept;

}  // namespace ringside
