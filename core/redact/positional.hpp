#pragma once
// Programs that take a secret as an argument without an option: "htpasswd -b file bob x", "rabbitmqctl add_user bob x". The place of the
// argument depends on the program and its subcommand, so this is a table.
//
// Threads: pure functions. Cost: linear in the command, of which a few hundred bytes are looked at.
// Source:  the manual pages of the programs.

#include <cstddef>
#include <string_view>

#include "core/redact/secret_value.hpp"

namespace ringside {

// The secret among the arguments of `program`, which end at a line end or a sign of the shell. Empty when there is none. `text` is the
// whole text, `at` follows the program's name.
[[nodiscard]] ValueSpan find_positional(std::string_view text, std::string_view program,
                                        std::size_t at) noexcept;

}  // namespace ringside
