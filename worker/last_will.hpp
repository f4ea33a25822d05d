#pragma once
// LastWill: the events that a producer leaves for the case that its connection ends without a good-bye, so that its runs are no
// longer shown as running.
//
//   {"type":"will","events":[{"event_type":"TaskStatusChanged","data":{...}}]}   replaces the one before
//   {"type":"will","events":[]}                                                  the good-bye
//
// Threads: one. Memory: at most kMaxBytes, for each connection.

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

  // Whether a line may be one: a quick no to events.
  [[nodiscard]] static bool may_be(std::string_view line) noexcept {
    return !line.starts_with(R"({"event_type")") &&
           line.find(R"("will")") != std::string_view::npos;
  }

  enum class Outcome { kNoWill, kTaken, kRefused };
  // Takes a line that may be one. `why` says what is wrong with a will that is refused, which leaves the one before it.
  [[nodiscard]] Outcome take(std::string_view line, Rejection& why);

  // Its events, once.
  [[nodiscard]] std::vector<std::string> execute() { return std::exchange(events_, {}); }

 private:
  std::vector<std::string> events_;
};

}  // namespace ringside
