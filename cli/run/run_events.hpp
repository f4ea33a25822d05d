#pragma once
// RunEvents: makes the events of a run, each a line of JSON with a newline.
//   Threads: one. Cost: a log line is written as text, without building JSON in memory.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/run/output_queue.hpp"
#include "cli/run/run_identity.hpp"
#include "core/base/json.hpp"
#include "core/base/time.hpp"

namespace ringside::cli {

// How a command ended.
struct RunEnd {
  int exit_status = 0;  // 128 + n for a signal
  int signal = 0;
  std::string error{};  // why it could not be started; empty: it was
  std::chrono::duration<double> duration{0};
  std::chrono::duration<double> cpu{0};
  std::uint64_t peak_memory_bytes = 0;

  [[nodiscard]] bool failed() const noexcept { return exit_status != 0; }
  // "exit status 3", "killed by SIGKILL", or why it could not be started; empty if it did well.
  [[nodiscard]] std::string reason() const;
};

// What steps say of the workflow, as far as it is known.
struct StepState {
  std::int64_t total = 0;
  std::int64_t completed = 0;
  std::string current;
};

class RunEvents {
 public:
  explicit RunEvents(RunIdentity identity);

  void append_line(std::string& out, OutputStream stream, WallTime at, std::string_view text,
                   std::size_t n_cut) const;
  void append_note(std::string& out, std::string_view level, const std::string& text) const;

  [[nodiscard]] std::string started(WallTime at) const;
  [[nodiscard]] std::string progressed(double percent) const;
  [[nodiscard]] std::string ended(const RunEnd& end, std::optional<double> progress,
                                  std::uint64_t n_lines, std::uint64_t n_dropped) const;
  // What the worker says in the place of ended() when this program is killed: that its runs are not reported any more.
  [[nodiscard]] std::string will() const;
  // Of the workflow, which is that of this run: `status` Running, Completed or Failed.
  [[nodiscard]] std::string workflow(std::string_view status, std::optional<double> progress,
                                     const StepState& step, const std::string& message) const;

  [[nodiscard]] const RunIdentity& identity() const noexcept { return identity_; }

 private:
  [[nodiscard]] std::string task(const Json& data) const;
  [[nodiscard]] Json metadata() const;

  RunIdentity identity_;
  std::string log_middle_[kOutputStreams];  // after the message
  mutable WallTime stamp_at_{};             // of stamp_
  mutable std::string stamp_;
  std::string started_at_;
};

// The event as a line, with "source": "run" in `metadata`.
[[nodiscard]] std::string event_line(std::string_view type, const Json& data, const Json& metadata,
                                     std::optional<WallTime> at = std::nullopt);

// How far `completed` of `total` is, in percent, to a tenth.
[[nodiscard]] double percent_of_steps(std::int64_t completed, std::int64_t total) noexcept;

}  // namespace ringside::cli
