#pragma once
// RunReporter: what a run says to the worker: its lines, its progress, its start and its end. Works
// at the speed that the worker has, and at kLinesPerSecond at most while the command runs; what is
// too much is dropped in the queue. Once lines are dropped, only a sample is sent.
//   Threads: one.

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "cli/relay.hpp"
#include "cli/run/output_lines.hpp"
#include "cli/run/output_queue.hpp"
#include "cli/run/progress_finder.hpp"
#include "cli/run/run_events.hpp"
#include "cli/run/run_socket.hpp"
#include "cli/run/said_lines.hpp"

namespace ringside::cli {

class RunReporter {
 public:
  static constexpr std::size_t kLinesPerSecond = 20'000;
  static constexpr std::size_t kMostAtOnce = 20'000;       // lines, before the rate applies
  static constexpr std::size_t kSamplesPerSecond = 2'000;  // lines, while others are dropped
  static constexpr std::size_t kMostWaitingBytes =
      2U << 20U;  // of events with lines, for a slow worker

  struct Options {
    std::string events_socket;
    std::optional<ProgressFinder> progress;           // nothing: not looked for
    Relay::Tell tell;                                 // problems, for a person
    std::string outer_socket;                         // of the run around; empty: there is none
    std::array<bool, kOutputStreams> passes_outer{};  // the run around reads what this one writes
  };
  // `queue` lives longer. `socket`: of the commands inside; nothing: there is none.
  RunReporter(RunIdentity identity, Options options, OutputQueue& queue,
              std::optional<RunSocket> socket);

  void started();
  // Makes events of what waits, as far as rate and room allow.
  void turn();
  // After how long turn() has something to do although no descriptor is ready; negative: never.
  [[nodiscard]] int next_turn_ms() const;
  [[nodiscard]] const Relay& relay() const noexcept { return relay_; }
  [[nodiscard]] int socket_fd() const noexcept { return socket_ ? socket_->fd() : -1; }

  // The command has ended and all that it printed is in the queue. Returns when everything is
  // acknowledged or the worker has been silent for too long; a long wait is for long runs only.
  void ended(const RunEnd& end);
  // The last of those that the command had left running has ended, too.
  void left_over_ended();

  // Lines and events that did not reach the worker.
  [[nodiscard]] std::uint64_t n_lines_dropped() const noexcept;
  [[nodiscard]] std::uint64_t n_events_given_up() const noexcept { return relay_.n_given_up(); }

 private:
  using Clock = std::chrono::steady_clock;

  void take_events_of_commands();
  void send_event(const std::string& event);
  void send_batch();
  [[nodiscard]] bool is_too_early(const OutputBlock& block) const;
  void note_step(std::string_view event);
  void take_lines(std::size_t most);
  std::size_t take_piece(OutputBlock& block, std::size_t most);
  void take_line(OutputStream stream, WallTime at, std::string_view text, std::size_t n_cut);
  void drop_current();
  void take_rest(std::chrono::milliseconds most);
  void note_progress(std::string_view text);
  void say_progress();
  void say_workflow(std::string_view status, const std::string& message);
  void refill();
  [[nodiscard]] bool drops_lines() const { return Clock::now() < drops_until_; }
  void wait_for_worker(std::chrono::duration<double> duration);

  RunEvents events_;
  Relay relay_;
  std::optional<ProgressFinder> finder_;
  OutputQueue& queue_;
  std::optional<RunSocket> socket_;
  std::string outer_socket_;
  std::array<bool, kOutputStreams> passes_outer_;
  SaidLines said_;
  std::vector<LineHash> hashes_;  // of lines, for the run around
  bool is_ending_ = false;
  std::array<OutputLines, kOutputStreams> lines_;
  OutputQueue::BlockPtr current_;  // the block that is being read
  std::string batch_;              // events that are not sent yet
  std::uint64_t n_lines_ = 0;
  std::uint64_t n_unread_ = 0;  // lines that were left in the queue at the end
  double allowed_ = kMostAtOnce;
  Clock::time_point refilled_ = Clock::now();
  std::uint64_t n_dropped_seen_ = 0;
  Clock::time_point drops_until_{};
  StepState step_;
  std::optional<double> progress_;
  bool progress_is_new_ = false;
  Clock::time_point progress_said_{};
};

}  // namespace ringside::cli
