#pragma once
// Options of programs whose letter says nothing: "mysql -phunter2", "sshpass -p hunter2", "curl -u bob:hunter2". What a letter
// means depends on the program, so this is a table of programs.
//
// Threads: pure functions. Cost: a binary search for a program; a look at the letters of an option.
// Source:  the manual pages of the programs.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside {

// Letters of options, by where the secret is.
struct Tool {
  std::string_view either = {};    // -p x and -px
  std::string_view attached = {};  // -px; "-p x" means something else
  std::string_view next = {};      // -p x
  std::string_view user = {};      // -u user:x and -uuser:x; also user%x
  std::string_view word = {};      // an option of several letters and one dash: -pw x
  std::string_view slash = {};     // /p:x, as programs of Windows have it
};

// The program that `word` runs: its name, with or without a directory and ".exe". Null when it is not in the table.
[[nodiscard]] const Tool* find_tool(std::string_view word) noexcept;

struct ToolOption {
  enum class Where : std::uint8_t { kNowhere, kHere, kNext };
  Where where = Where::kNowhere;
  std::size_t begin = 0;  // kHere: of the value in the option
  bool is_user = false;   // only what follows ':' or '%' is the secret
};

// What `option`, which begins with one dash or a slash, says about a secret.
[[nodiscard]] ToolOption match_tool_option(const Tool& tool, std::string_view option) noexcept;

// Whether an element of a list could be such an option; which program it belongs to is not known.
[[nodiscard]] bool may_be_tool_option(std::string_view text) noexcept;

// Of user:password and user%password where the password begins; 0 when there is none.
[[nodiscard]] std::size_t password_of_user(std::string_view text) noexcept;

// Whether the value of `auth` is a user with a password, or the base64 of them.
[[nodiscard]] bool are_credentials(std::string_view text) noexcept;

}  // namespace ringside
