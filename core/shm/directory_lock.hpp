#pragma once
// A lock on the directory of a file, for the moment in which the file is looked for, made or
// replaced.

#include <string>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside {

// Waits for the lock (flock) and holds it until the descriptor is closed; the kernel releases it when
// the process dies. Its owner may use a fixed name for the unfinished file, and remove one
// that a killed process left there.
[[nodiscard]] Result<UniqueFd> lock_directory_of(const std::string& path);

}  // namespace ringside
