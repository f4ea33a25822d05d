#pragma once
// RunSignals: signals of `ringside run`, as a descriptor. They are for the command; this process lives
// until the command has ended.
//   Threads: create it before any thread is, which then inherits that they are blocked.

#include <sys/types.h>

#include <optional>

#include "cli/run/child.hpp"
#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside::cli {

class RunSignals {
 public:
  // Blocks them. `before`: what was set until then. Errors: no descriptor; nothing is blocked.
  [[nodiscard]] static Result<RunSignals> create(SignalState& before);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  struct Signal {
    int number = 0;
    bool from_terminal = false;  // the kernel sent it, to the whole foreground process group
  };
  [[nodiscard]] std::optional<Signal> next() const;

  // Whether a signal is passed on to the command.
  [[nodiscard]] static bool is_for_command(int number) noexcept;

 private:
  explicit RunSignals(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace ringside::cli
