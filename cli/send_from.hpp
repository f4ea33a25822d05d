#pragma once
// send --from: the output of another program on standard input, as events, while it runs.
//   Threads: one.

#include <string>

#include "cli/exit_code.hpp"

namespace ringside::cli {

struct SendFrom {
  std::string format;  // terraform, ansible
  std::string socket;
  std::string name;  // of the run; empty: the working directory's
  bool quiet = false;
  bool with_diffs = false;  // of ansible
};

// Reads standard input to its end, prints it as it arrives, and sends its events. Neither a
// worker that is away nor Ctrl-C ends it early: both would kill the program that writes.
[[nodiscard]] ExitCode send_from(const SendFrom& options);

}  // namespace ringside::cli
