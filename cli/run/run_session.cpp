// Whatever goes wrong with the events is no reason to treat the command differently: without
// descriptors or threads for them, it is executed in place of this process.
#include "cli/run/run_session.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <future>
#include <list>
#include <thread>

#include "cli/run/child.hpp"
#include "cli/run/outer_terminal.hpp"
#include "cli/run/output_copier.hpp"
#include "cli/run/run_identity.hpp"
#include "cli/run/run_reporter.hpp"
#include "cli/run/run_signals.hpp"
#include "cli/terminal.hpp"

namespace ringside::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostOutputs = 2;  // of a command: standard output and standard error

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error);
  return error ? path : whole.string();
}

class RunSession {
 public:
  RunSession(RunReporter& reporter, OutputQueue& queue, RunSignals& signals, Child child)
      : reporter_(reporter),
        queue_(queue),
        signals_(signals),
        child_(std::move(child)),
        terminal_(child_.terminal.get(), child_.takes_input) {
    for (OutputPath& path : child_.outputs) {
      copiers_.emplace_back(std::move(path), queue);
    }
    child_.outputs.clear();
  }

  int run() {
    reporter_.started();
    if (child_.failure) {
      terminal_.restore();
      complain("run: " + child_.failure->message);
      RunEnd end;
      end.exit_status = child_.exit_status_of_failure();
      end.error = child_.failure->message;
      reporter_.ended(end);
      return end.exit_status;
    }
    for (OutputCopier& copier : copiers_) {
      start(copier);
    }
    while (!end_ || !have_stopped()) {
      turn();
      if (wants_to_leave_) {  // the command has ended, and nobody reads what it printed
        terminal_.restore();
        ::_exit(end_->exit_status);
      }
    }
    terminal_.restore();
    for (OutputCopier& copier : copiers_) {
      copier.join();
    }
    reporter_.ended(*end_);
    if (!at_end() && !child_.terminal.valid()) {
      continue_in_background();
    }
    return end_->exit_status;
  }

 private:
  static void start(OutputCopier& copier) {
    if (const Status started = copier.start(); !started) {
      complain("run: " + started.error().message);
    }
  }

  [[nodiscard]] bool have_stopped() const {
    return std::all_of(copiers_.begin(), copiers_.end(),
                       [](const OutputCopier& copier) { return copier.has_stopped(); });
  }
  [[nodiscard]] bool at_end() const {
    return std::all_of(copiers_.begin(), copiers_.end(),
                       [](const OutputCopier& copier) { return copier.at_end(); });
  }

  void turn() {
    std::array<pollfd, 6> ready{{{signals_.fd(), POLLIN, 0},
                                 {queue_.wake_fd(), POLLIN, 0},
                                 {reporter_.relay().fd(), reporter_.relay().wanted(), 0},
                                 {reporter_.socket_fd(), POLLIN, 0},
                                 terminal_.keys(),
                                 terminal_.room()}};
    ::poll(ready.data(), ready.size(), reporter_.next_turn_ms());
    if (ready[0].revents != 0) {
      take_signals();
    }
    if (ready[1].revents != 0) {
      queue_.clear_wake();
    }
    if (ready[4].revents != 0 || ready[5].revents != 0) {
      terminal_.turn();
    }
    reporter_.turn();
  }

  void take_signals() {
    while (const auto signal = signals_.next()) {
      if (signal->number == SIGCHLD) {
        reap();
      } else if (signal->number == SIGWINCH) {
        terminal_.copy_size();
      } else if (is_in_background_) {
        wants_to_leave_ = wants_to_leave_ || signal->number == SIGTERM;
      } else if (end_) {
        wants_to_leave_ = wants_to_leave_ || signal->number != SIGTSTP;
      } else if (RunSignals::is_for_command(signal->number) &&
                 (!signal->from_terminal || child_.terminal.valid())) {
        ::kill(child_.pid, signal->number);
      }
    }
  }

  // The command, and processes that it left behind, which are ours then.
  void reap() {
    int status = 0;
    rusage usage{};
    for (pid_t pid = 0; (pid = ::wait4(-1, &status, WNOHANG | WUNTRACED, &usage)) > 0;) {
      if (pid != child_.pid) {
        continue;
      }
      if (WIFSTOPPED(status)) {
        stop_as_well(WSTOPSIG(status));
        continue;
      }
      end_ = run_end_of(status, usage);
      end_->duration = SteadyClock::now() - begin_;
      for (OutputCopier& copier : copiers_) {
        copier.ask_to_stop();
      }
    }
  }

  // Ctrl-Z: the shell waits for this process.
  void stop_as_well(int number) const {
    if (child_.terminal.valid() || number == SIGSTOP) {
      return;
    }
    sigset_t stop{};
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGTSTP);
    ::kill(::getpid(), SIGTSTP);
    ::sigprocmask(SIG_UNBLOCK, &stop, nullptr);  // it stops here
    ::sigprocmask(SIG_BLOCK, &stop, nullptr);
    ::kill(child_.pid, SIGCONT);
  }

  // Processes that the command left running have its output open. Their lines are passed on by a
  // process that nobody waits for, so that they are not killed by SIGPIPE.
  void continue_in_background() {
    const pid_t pid = ::fork();
    if (pid != 0) {
      return;
    }
    is_in_background_ = true;
    wants_to_leave_ = false;
    for (OutputCopier& copier : copiers_) {
      if (!copier.at_end()) {
        start(copier);
      }
    }
    while (!wants_to_leave_ && !have_stopped()) {
      turn();
    }
    if (have_stopped()) {
      reporter_.left_over_ended();
    }
    ::_exit(0);
  }

  RunReporter& reporter_;
  OutputQueue& queue_;
  RunSignals& signals_;
  Child child_;
  OuterTerminal terminal_;
  std::list<OutputCopier> copiers_;
  SteadyClock::time_point begin_ = SteadyClock::now();
  std::optional<RunEnd> end_;
  bool wants_to_leave_ = false;
  bool is_in_background_ = false;
};

// Whether as many threads as the command may have streams can be started now; after the command has
// been, it would be too late.
bool can_start_threads() {
  std::promise<void> all_started;
  const std::shared_future<void> end = all_started.get_future().share();
  std::vector<std::thread> threads;
  bool can_start = true;
  try {
    while (threads.size() < kMostOutputs) {
      threads.emplace_back([end] { end.wait(); });
    }
  } catch (const std::system_error&) {
    can_start = false;
  }
  all_started.set_value();
  for (std::thread& thread : threads) {
    thread.join();
  }
  return can_start;
}

int execute_in_place(const RunOptions& options, const std::string& why) {
  if (options.verbose) {
    complain("run: without events: " + why);
  }
  execute(options.command);
  Child failed;
  failed.failure = fail_errno("cannot execute " + options.command[0]).value();
  complain("run: " + failed.failure->message);
  return failed.exit_status_of_failure();
}

std::array<bool, kOutputStreams> outputs_read_outside(const Child& child,
                                                      const RunEnvironment& outside) {
  std::array<bool, kOutputStreams> passes{};
  for (const OutputPath& path : child.outputs) {
    const std::string name = name_of_file(path.to);
    passes[static_cast<std::size_t>(path.stream)] =
        !outside.run_socket.empty() &&
        (" " + outside.run_output).find(" " + name) != std::string::npos;
  }
  return passes;
}

void report_losses(const RunReporter& reporter) {
  if (const auto n = reporter.n_lines_dropped(); n != 0) {
    complain(fmt::format("run: {} lines of output did not become events", n));
  }
  if (const auto n = reporter.n_events_given_up(); n != 0) {
    complain(fmt::format("run: {} events were not acknowledged and are given up", n));
  }
}

std::optional<ProgressFinder> finder_of(const RunOptions& options, Status& problem) {
  if (options.progress.empty()) {
    return ProgressFinder();
  }
  if (options.progress == "none") {
    return std::nullopt;
  }
  auto finder = ProgressFinder::of(options.progress);
  if (!finder) {
    problem = tl::unexpected(finder.error());
    return std::nullopt;
  }
  return std::move(*finder);
}

}  // namespace

int run_command(const RunOptions& options) {
  Status problem;
  std::optional<ProgressFinder> finder = finder_of(options, problem);
  if (!problem) {
    complain("run: " + problem.error().message);
    return kCannotRun;
  }
  ChildPlan plan;
  plan.command = options.command;
  plan.open = keep_standard_places();
  if (!can_start_threads()) {
    return execute_in_place(options, "no thread can be started");
  }
  auto queue = OutputQueue::create({});
  if (!queue) {
    return execute_in_place(options, queue.error().message);
  }
  const RunEnvironment outside = RunEnvironment::of_process();
  RunIdentity identity = RunIdentity::make(options.name, options.workflow, options.command[0],
                                           outside, system_clock().wall_now(), ::getpid());
  plan.environment = identity.environment();
  plan.environment.emplace_back(kRunDirVariable, absolute(options.run_dir));
  std::optional<RunSocket> socket;
  if (auto made = RunSocket::create()) {
    plan.environment.emplace_back(kRunSocketVariable, made->name());
    socket.emplace(std::move(*made));
  }
  auto signals = RunSignals::create(plan.signals);
  if (!signals) {
    return execute_in_place(options, signals.error().message);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto child = start_child(plan);
  if (!child) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    restore_signals(plan.signals);
    return execute_in_place(options, child.error().message);
  }
  RunReporter reporter(
      std::move(identity),
      {.events_socket = options.socket.empty() ? options.run_dir + "/events.sock" : options.socket,
       .progress = std::move(finder),
       .tell =
           [&](const std::string& message) {
             if (options.verbose) {
               complain("run: " + message);
             }
           },
       .outer_socket = outside.run_socket,
       .passes_outer = outputs_read_outside(*child, outside)},
      **queue, std::move(socket));
  const int status = RunSession(reporter, **queue, *signals, std::move(*child)).run();
  if (options.verbose) {
    report_losses(reporter);
  }
  return status;
}

}  // namespace ringside::cli
