#pragma once
// Answers: the messages for a producer, until they are sent. Never blocks and never grows: acknowledgements
// are cumulative, so an unsent one is overtaken by the next; refusals are kept up to a bound and
// counted beyond it.
//
//   {"ack":3}                                              three lines are processed; those that were events are in the ring
//   {"error":"invalid_event","line":4,"message":"data.status must be a string","member":"data.status"}
//   {"error":"answers_suppressed","count":17,"message":"..."}
//   {"error":"refused","message":"..."}                    then the connection is closed
//
// Threads: the loop's.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "worker/rejects.hpp"

namespace ringside {

class Answers {
 public:
  static constexpr std::size_t kMaxUnsentBytes = 64U << 10U;

  void acknowledge(std::uint64_t n_processed) noexcept {
    n_processed_ = n_processed;
    ack_due_ = true;
  }
  void reject(std::uint64_t line, const Rejection& rejection);
  void refuse(std::string_view message);

  // Sends what the socket takes.  Returns false when the other side reads no more: what was unsent
  // is forgotten.
  bool flush(int fd);

  [[nodiscard]] bool is_waiting() const noexcept {
    return !unsent_.empty() || ack_due_ || n_suppressed_ != 0;
  }
  [[nodiscard]] std::size_t n_unsent() const noexcept { return unsent_.size(); }

 private:
  [[nodiscard]] bool has_more_to_say();
  void forget() noexcept;

  std::string unsent_;
  std::uint64_t n_processed_ = 0;
  std::uint64_t n_suppressed_ = 0;
  bool ack_due_ = false;
  bool gone_ = false;
};

}  // namespace ringside
