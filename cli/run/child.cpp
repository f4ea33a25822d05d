// fork and not posix_spawn: a session, a controlling terminal and the old signal mask are set
// between the two halves, and the reason of a failed exec comes back over a pipe that a successful
// one closes.
#include "cli/run/child.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/run/run_identity.hpp"

namespace ringside::cli {
namespace {

bool is_open(int fd) noexcept { return ::fcntl(fd, F_GETFD) != -1; }

// Whether both are one file in which the order of lines can be seen.
bool is_same_file(int a, int b) noexcept {
  struct stat of_a {};
  struct stat of_b {};
  return ::fstat(a, &of_a) == 0 && ::fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
         of_a.st_ino == of_b.st_ino && !S_ISCHR(of_a.st_mode);
}

struct Ends {
  UniqueFd read;
  UniqueFd write;
};

Result<Ends> make_pipe() {
  int fds[2] = {-1, -1};
  if (::pipe2(fds, O_CLOEXEC) != 0) {
    return fail_errno("pipe");
  }
  Ends ends{UniqueFd(fds[0]), UniqueFd(fds[1])};
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);  // of our end alone
  return ends;
}

// The descriptors of the command: -1 is "as ours".
struct Wiring {
  UniqueFd terminal;  // the slave of a pty
  UniqueFd out;
  UniqueFd err;
  bool is_input = false;
  bool is_both = false;  // standard error is standard output
};

Status add_output(Child& child, UniqueFd from, int to, OutputStream stream) {
  auto path = OutputPath::make(std::move(from), to, stream);
  if (!path) {
    return tl::unexpected(path.error());
  }
  child.outputs.push_back(std::move(*path));
  return {};
}

Status make_terminal(Child& child, Wiring& wiring) {
  termios mode{};
  winsize size{};
  ::tcgetattr(STDOUT_FILENO, &mode);
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  const bool is_typed = ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
  if (!is_typed) {
    mode.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // the real terminal does that
  }
  int master = -1;
  int slave = -1;
  if (::openpty(&master, &slave, nullptr, &mode, &size) != 0) {
    return fail_errno("openpty");
  }
  child.terminal = UniqueFd(master);
  wiring.terminal = UniqueFd(slave);
  for (const int fd : {master, slave}) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  child.takes_input = wiring.is_input = is_typed;
  UniqueFd from(::fcntl(master, F_DUPFD_CLOEXEC, 3));
  if (!from.valid()) {
    return fail_errno("dup");
  }
  return add_output(child, std::move(from), STDOUT_FILENO, OutputStream::kBoth);
}

Status add_pipe(Child& child, UniqueFd& end, int to, OutputStream stream) {
  auto ends = make_pipe();
  if (!ends) {
    return tl::unexpected(ends.error());
  }
  end = std::move(ends->write);
  return add_output(child, std::move(ends->read), to, stream);
}

Status wire(Child& child, Wiring& wiring, OpenOutputs open) {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (is_terminal) {
    if (const Status made = make_terminal(child, wiring); !made) {
      return made;
    }
    wiring.is_both = open.err && ::isatty(STDERR_FILENO) == 1;
  } else if (open.out) {
    wiring.is_both = open.err && is_same_file(STDOUT_FILENO, STDERR_FILENO);
    const auto stream = wiring.is_both ? OutputStream::kBoth : OutputStream::kStdout;
    if (const Status made = add_pipe(child, wiring.out, STDOUT_FILENO, stream); !made) {
      return made;
    }
  }
  return open.err && !wiring.is_both
             ? add_pipe(child, wiring.err, STDERR_FILENO, OutputStream::kStderr)
             : Status();
}

// In the new process. Only returns when something failed, with errno.
void become_command(const ChildPlan& plan, const Wiring& wiring) {
  if (wiring.terminal.valid()) {
    ::setsid();
    ::ioctl(wiring.terminal.get(), TIOCSCTTY, 0);
    if (wiring.is_input) {
      ::dup2(wiring.terminal.get(), STDIN_FILENO);
    }
    ::dup2(wiring.terminal.get(), STDOUT_FILENO);
  }
  if (wiring.out.valid()) {
    ::dup2(wiring.out.get(), STDOUT_FILENO);
  }
  if (wiring.err.valid()) {
    ::dup2(wiring.err.get(), STDERR_FILENO);
  } else if (wiring.is_both) {
    ::dup2(STDOUT_FILENO, STDERR_FILENO);
  }
  for (const auto& [name, value] : plan.environment) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  restore_signals(plan.signals);
  execute(plan.command);
}

}  // namespace

Result<OutputPath> OutputPath::make(UniqueFd from, int to, OutputStream stream) {
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) {
    return fail_errno("eventfd");
  }
  return OutputPath{std::move(from), to, stream, std::move(stop)};
}

void restore_signals(const SignalState& before) noexcept {
  ::sigaction(SIGPIPE, &before.pipe, nullptr);
  ::sigprocmask(SIG_SETMASK, &before.mask, nullptr);
}

void execute(const std::vector<std::string>& command) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) {
    words.push_back(
        const_cast<char*>(word.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  }
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
}

OpenOutputs keep_standard_places() noexcept {
  const OpenOutputs open{is_open(STDOUT_FILENO), is_open(STDERR_FILENO)};
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (!is_open(fd)) {
      static_cast<void>(::open("/dev/null", O_RDWR | O_CLOEXEC));
    }
  }
  return open;
}

int Child::exit_status_of_failure() const noexcept {
  constexpr int kNotFound = 127;
  constexpr int kNotExecutable = 126;
  return failure && failure->errno_value == ENOENT ? kNotFound : kNotExecutable;
}

Result<Child> start_child(const ChildPlan& plan) {
  Child child;
  Wiring wiring;
  if (const Status wired = wire(child, wiring, plan.open); !wired) {
    return tl::unexpected(wired.error());
  }
  std::string read_here;
  for (const UniqueFd* end : {&wiring.terminal, &wiring.out, &wiring.err}) {
    read_here += end->valid() ? name_of_file(end->get()) : "";
  }
  int report[2] = {-1, -1};
  if (::pipe2(report, O_CLOEXEC) != 0) {
    return fail_errno("pipe");
  }
  const UniqueFd report_read(report[0]);
  UniqueFd report_write(report[1]);
  child.pid = ::fork();
  if (child.pid < 0) {
    return fail_errno("fork");
  }
  if (child.pid == 0) {
    ::setenv(kRunOutputVariable, read_here.c_str(), 1);
    become_command(plan, wiring);
    const int failed = errno;
    static_cast<void>(!::write(report_write.get(), &failed, sizeof failed));
    ::_exit(1);
  }
  report_write.reset();
  int failed = 0;
  ssize_t n = 0;
  do {
    n = ::read(report_read.get(), &failed, sizeof failed);
  } while (n < 0 && errno == EINTR);
  if (n == sizeof failed) {
    errno = failed;
    child.failure = fail_errno("cannot execute " + plan.command[0]).value();
  }
  return child;
}

RunEnd run_end_of(int wait_status, const rusage& usage) {
  RunEnd end;
  if (WIFSIGNALED(wait_status)) {
    end.signal = WTERMSIG(wait_status);
    end.exit_status = 128 + end.signal;
  } else {
    end.exit_status = WEXITSTATUS(wait_status);
  }
  const auto seconds = [](const timeval& t) {
    return std::chrono::duration<double>(static_cast<double>(t.tv_sec) +
                                         static_cast<double>(t.tv_usec) / 1e6);
  };
  end.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  end.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return end;
}

}  // namespace ringside::cli
