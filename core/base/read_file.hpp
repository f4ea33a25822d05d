#pragma once
// A whole file as text. Threads: any.

#include <string>

#include "core/base/result.hpp"

namespace ringside {

// Errors: "cannot be read: No such file or directory"; also for a directory. Cost: the file in memory; the caller knows that it is
// of a kind that is small.
[[nodiscard]] Result<std::string> read_whole_file(const std::string& path);

}  // namespace ringside
