#pragma once
// The options of all built-in sources, as one table. `ringside check` links this without the
// sources.
//
// Threads: any; the table never changes.

#include <span>

#include "core/config/option.hpp"

namespace ringside {

[[nodiscard]] std::span<const OptionSpec> source_option_specs();

}  // namespace ringside
