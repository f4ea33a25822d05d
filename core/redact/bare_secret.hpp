#pragma once
// What a word says about itself. Next to the name of a secret without a sign between ("client secret x", "DB_PASSWORD x"), the word
// decides: prose has names, numbers and terms there, too.
//
// Threads: pure functions. Cost: linear in the word.
// Source:  docs/redaction.md, "Without a sign".

#include <cstddef>
#include <string_view>

namespace ringside {

// Whether a word after the name `name` is its value. A password has letters and digits; a token or key changes between them three
// times at least. Terms (sha256), quantities (30days), dates, versions and names of things (my-app-v2, web01.example) are none.
[[nodiscard]] bool is_bare_secret(std::string_view name, std::string_view word) noexcept;

// The same where the place already says that a value follows: any word with letters and digits that is not one of those.
[[nodiscard]] bool is_placed_secret(std::string_view word) noexcept;

// Whether the value of a name is a short number that people type: "verification code", "OTP".
[[nodiscard]] bool is_name_of_code(std::string_view name) noexcept;

// The end of such a number at `at`: 4 to 10 digits, in one or two groups; `at` when there is none.
[[nodiscard]] std::size_t code_end(std::string_view text, std::size_t at) noexcept;

}  // namespace ringside
