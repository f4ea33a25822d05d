#pragma once
// The command of `ringside run`: its descriptors, its start, its end.
//   Threads: start before any thread is. Ownership: a Child does not end its process.

#include <sys/resource.h>
#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/run/output_queue.hpp"
#include "cli/run/run_events.hpp"
#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside::cli {

// One stream of the command's output: read from `from`, written to `to`.
struct OutputPath {
  UniqueFd from;
  int to = 1;
  OutputStream stream = OutputStream::kStdout;
  UniqueFd stop;  // an eventfd; it is made before the command starts, so that it cannot be missing

  // Errors: no descriptor.
  [[nodiscard]] static Result<OutputPath> make(UniqueFd from, int to, OutputStream stream);
};

// The signals that this process had before it changed anything; the command gets them.
struct SignalState {
  sigset_t mask{};
  struct sigaction pipe {};
};
void restore_signals(const SignalState& before) noexcept;

// Which of the standard descriptors of output are open.
struct OpenOutputs {
  bool out = true;
  bool err = true;
};
// Call it before anything is opened: it takes the places of standard descriptors that are closed, so
// that no other gets them. The command finds them closed, as it would without us.
[[nodiscard]] OpenOutputs keep_standard_places() noexcept;

struct ChildPlan {
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;
  SignalState signals;
  OpenOutputs open;
};

struct Child {
  pid_t pid = -1;
  UniqueFd terminal;         // the master of its pty; invalid: it has pipes
  bool takes_input = false;  // what is typed goes through `terminal`
  std::vector<OutputPath> outputs;
  // Why the command could not be started; the process has ended then.
  std::optional<Error> failure;

  // 127 for a command that does not exist, 126 for one that cannot be executed.
  [[nodiscard]] int exit_status_of_failure() const noexcept;
};

// Starts the command: in a pty when standard output is a terminal, with pipes otherwise. Standard
// output and standard error are kept apart, unless they are one file already: the order of lines in
// it is kept then.
//   Errors: no descriptors, no process; nothing was started then.
[[nodiscard]] Result<Child> start_child(const ChildPlan& plan);

// Executes the command in this process. Returns only when that failed, with errno.
void execute(const std::vector<std::string>& command);

// How a process ended, from what wait4(2) says.
[[nodiscard]] RunEnd run_end_of(int wait_status, const rusage& usage);

}  // namespace ringside::cli
