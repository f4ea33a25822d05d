#pragma once
// What lwsws reads of an object in its configuration. It ignores all other members in silence, and takes a text that is not a number
// for 0. Threads: pure.

#include <functional>
#include <string>
#include <string_view>

#include "cli/lwsws_value.hpp"

namespace ringside::cli {

enum class LwswsObject { kFile, kGlobal, kVhost, kMount };

// Reports each member that lwsws would not read, or not as it is written: unknown ones with what may have been meant, repeated
// ones, and values of another form.
void check_lwsws_keys(LwswsObject kind, LwswsValue object,
                      const std::function<void(std::size_t line, const std::string&)>& report);

// "on", "yes", "true" or a number other than 0, as lwsws has it.
[[nodiscard]] bool is_lwsws_on(std::string_view text);

}  // namespace ringside::cli
