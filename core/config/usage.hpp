#pragma once
// What is wrong with a command line, in words that name the wrong one: CLI11 says of a mistyped command that one is required, and
// of a mistyped option that its value was not expected. For ringside and ringsided. Threads: one.

#include <CLI/CLI.hpp>
#include <span>
#include <string>

namespace ringside {

// `words` are the arguments without the program's name, `error` what parsing them threw.
//   Returns: "unknown command \"tial\"; did you mean \"tail\"?", "tail: --since needs a value"; never empty.
[[nodiscard]] std::string explain_usage_error(const CLI::App& app, std::span<char* const> words,
                                              const CLI::ParseError& error);

}  // namespace ringside
