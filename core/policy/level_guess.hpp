#pragma once
// How levels are read from the text of a log line that has no member for it. Threads: pure functions.

#include <string_view>

namespace ringside {

// The level that a word means, whatever its case: "err" and "Error" are ERROR, "warning" WARN,
// "panic" CRITICAL. Empty for a word that is none.
[[nodiscard]] std::string_view level_of_word(std::string_view word) noexcept;

// The level that an unstructured line seems to have: a level's word among its first words
// ("[error]", "level=warn", "E0926 10:00"), INFO where there is none. Never looks further than the
// first 160 bytes: a message that speaks of errors is not one.
[[nodiscard]] std::string_view guess_level(std::string_view line) noexcept;

}  // namespace ringside
