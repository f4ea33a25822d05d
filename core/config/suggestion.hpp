#pragma once
// "did you mean": the name on a list that is nearest to one that is not. Threads: pure.

#include <span>
#include <string>
#include <string_view>

#include "core/config/option.hpp"

namespace ringside {

// "; did you mean \"ring.size\"?", or nothing when no name is near.
[[nodiscard]] std::string suggestion_for(std::string_view name, std::span<const OptionSpec> specs);

}  // namespace ringside
