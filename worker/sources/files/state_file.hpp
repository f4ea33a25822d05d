#pragma once
// Small files in the run directory in which sources keep where they were.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace ringside {

// The file's contents; nothing when it cannot be read or is larger than a megabyte.
[[nodiscard]] std::optional<std::string> read_state_file(const std::string& path);

// Replaces the file as a whole, so that a reader and a crash meet the old or the new text. Not
// synced: the run directory is memory, and after a loss of power there is no position to return to.
[[nodiscard]] Status write_state_file(const std::string& path, std::string_view text);

}  // namespace ringside
