// Ctrl-C in a terminal reaches the command without us, as a member of the foreground process group.
// Passing it on again would be a second Ctrl-C, which many programs take as "stop at once".
#include "cli/run/run_signals.hpp"

#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace ringside::cli {
namespace {

constexpr std::array kForCommand{SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                 SIGUSR1, SIGUSR2, SIGTSTP, SIGALRM};

}  // namespace

Result<RunSignals> RunSignals::create(SignalState& before) {
  sigset_t ours{};
  ::sigemptyset(&ours);
  for (const int number : kForCommand) {
    ::sigaddset(&ours, number);
  }
  ::sigaddset(&ours, SIGCHLD);
  ::sigaddset(&ours, SIGWINCH);
  ::sigaddset(&ours, SIGTTOU);  // setting the terminal's mode from the background
  UniqueFd fd(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) {
    return fail_errno("signalfd");
  }
  ::sigprocmask(SIG_BLOCK, &ours, &before.mask);
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, &before.pipe);
  return RunSignals(std::move(fd));
}

std::optional<RunSignals::Signal> RunSignals::next() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) {
    return std::nullopt;
  }
  return Signal{static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL};
}

bool RunSignals::is_for_command(int number) noexcept {
  return std::find(kForCommand.begin(), kForCommand.end(), number) != kForCommand.end();
}

}  // namespace ringside::cli
