#pragma once
// LastWill: the events that a producer leaves for the case that its connection ends without a good-bye, so that its runs are no
// longer shown as running.
//
//   {"type":"will","events":[{"event_type":"TaskStatusChanged","data":{...}}]}   replaces the one before
//   {"type":"will","events":[]}                                                  the good-bye
//
// Threads: one. Memory: at most kMaxBytes, for each connection.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/rejects.hpp"

namespace ringside {

class LastWill {
 public:
  static constexpr std::size_t kMaxBytes = 4096;  // of the line
  static constexpr std::size_t kMaxEvents = 8;

  // Whether a line is meant as one, by its beginning: a quick no to events.
  [[nodiscard]] static bool may_be(std::string_view line) noexcept {
    return line.starts_with(R"({"type":"will")") || line.starts_with(R"({"type": "will")");
  }

  // Takes a line that may be one. Says what is wrong with a line that is refused, which leaves the will before it.
  [[nodiscard]] std::optional<Rejection> take(std::string_view line);

  // Its events, once.
  [[nodiscard]] std::vector<std::string> execute() { return std::exchange(events_, {}); }

 private:
  std::vector<std::string> events_;
};

}  // namespace ringside
