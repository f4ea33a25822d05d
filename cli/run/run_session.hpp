#pragma once
// run_command: `ringside run`. The command's output, input, signals and exit status are as they would
// be without it; what it prints and how it ends become events.
//   Threads: the caller's, and one for each stream of output.

#include <string>
#include <vector>

namespace ringside::cli {

struct RunOptions {
  std::vector<std::string> command;
  std::string name;      // empty: that of the program
  std::string workflow;  // empty: that of the run around it, or one of its own
  std::string progress;  // an expression; "none": not looked for; empty: percentages and fractions
  std::string run_dir;
  std::string socket;    // empty: events.sock of the run directory
  bool verbose = false;  // problems with the worker are told on standard error
};

inline constexpr int kCannotRun = 125;  // nothing was started

// Returns the command's exit status, 128 + N if signal N killed it, 127 if it does not exist, 126 if
// it cannot be executed.
[[nodiscard]] int run_command(const RunOptions& options);

}  // namespace ringside::cli
