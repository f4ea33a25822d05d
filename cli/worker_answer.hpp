#pragma once
// Answers of the worker to a producer, one line each.
//   Threads: pure. Source: ringsided(8); worker/answers.cpp writes it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::cli {

// The line that asks for answers; it counts as line 1, and not as an event.
inline constexpr std::string_view kAskForAnswers = "{\"type\":\"hello\",\"ack\":true}\n";
inline constexpr std::string_view kNoWill = "{\"type\":\"will\",\"events\":[]}\n";

struct WorkerAnswer {
  std::optional<std::uint64_t> n_acknowledged;  // events of this connection that are dealt with
  std::optional<std::string> error;             // why something was refused, in words
  std::optional<std::uint64_t> line;            // of the event that was refused, without the asking
  std::uint64_t n_rejected = 0;                 // events that this answer says were refused
};

// Nothing for what is no answer.
[[nodiscard]] std::optional<WorkerAnswer> parse_worker_answer(std::string_view line);

}  // namespace ringside::cli
