#pragma once
// "did you mean": the name on a list that is nearest to one that is not. Threads: pure.

#include <span>
#include <string>
#include <string_view>

#include "core/config/option.hpp"

namespace ringside {

// "; did you mean \"ring.size\"?", or nothing when no name is near. Two edits are near for a name of four characters or more, one
// for a shorter one, and a quarter of its length for a long one.
//   Cost: the edit distance to each of them; nothing for more than 64 bytes.
[[nodiscard]] std::string suggestion_for(std::string_view name,
                                         std::span<const std::string_view> names);
[[nodiscard]] std::string suggestion_for(std::string_view name, std::span<const OptionSpec> specs);

}  // namespace ringside
