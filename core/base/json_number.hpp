#pragma once
// Numbers of JSON that keep the digits that they came with, for json.cpp: a double or a 64-bit
// integer cannot represent 18446744073709551615, and a double loses the digits of 1.10.
//
// Threads: pure functions; number_mark() is made once for each process.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside {

// The prefix of a string that represents a number: a NUL (\u0000 in JSON) and random letters.
[[nodiscard]] const std::string& number_mark();

// `text` with each number that would lose digits as a marked string; nothing when it has none. What
// is not JSON stays what it is not.
//   Cost: one pass.
[[nodiscard]] std::optional<std::string> with_marked_numbers(std::string_view text);

// Whether `digits` is a number that with_marked_numbers() marks.
[[nodiscard]] bool is_kept_as_text(std::string_view digits) noexcept;

// Of the digits after a mark.
[[nodiscard]] bool is_real_digits(std::string_view digits) noexcept;
[[nodiscard]] std::optional<std::int64_t> integer_of_digits(std::string_view digits) noexcept;
[[nodiscard]] double number_of_digits(std::string_view digits) noexcept;

}  // namespace ringside
