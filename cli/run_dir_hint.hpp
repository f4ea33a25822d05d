#pragma once
// What to do when a run directory has nothing, or nothing that this user may open. Threads: one.

#include <string>

namespace ringside::cli {

// To follow the message about a file of `run_dir` that could not be opened: "; nothing runs in /run/ringside: start ringsided, or
// name another run directory with --run-dir DIR (or RINGSIDE_RUN_DIR), such as .run".
//   Cost: a few system calls.
[[nodiscard]] std::string run_dir_hint(const std::string& run_dir);

}  // namespace ringside::cli
