#pragma once
// OuterTerminal: the terminal that `ringside run` itself is in, while the command has one of its own:
// keys go through unchanged, and the window has the same size.
//   Threads: one. Ownership: restores the mode of the terminal when it is destroyed.

#include <poll.h>
#include <termios.h>

#include <optional>
#include <string>

namespace ringside::cli {

class OuterTerminal {
 public:
  // `inner`: the master of the command's terminal, non-blocking; -1: it has none. `takes_input`: keys
  // are for the command.
  OuterTerminal(int inner, bool takes_input);
  OuterTerminal(const OuterTerminal&) = delete;
  OuterTerminal& operator=(const OuterTerminal&) = delete;
  ~OuterTerminal() { restore(); }

  void restore() noexcept;
  void copy_size() const noexcept;

  // What to poll for: keys, and room for those that were read.
  [[nodiscard]] pollfd keys() const noexcept;
  [[nodiscard]] pollfd room() const noexcept;
  void turn();

 private:
  int inner_;
  bool takes_input_;
  std::optional<termios> before_;
  std::string unsent_;
};

}  // namespace ringside::cli
