#pragma once
// say_at_once: events on their way without waiting for the worker: for scripts in the middle of
// something. Threads: one.

#include <string>
#include <string_view>

namespace ringside::cli {

struct SayTo {
  std::string run_dir;
  std::string socket{};  // empty: the run around, else events.sock of the run directory
  bool verbose = false;  // why nothing was sent is told on standard error
};

// `events`: whole lines, each with a newline.
void say_at_once(const SayTo& to, std::string_view events);

}  // namespace ringside::cli
