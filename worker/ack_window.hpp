#pragma once
// AckWindow: how many of a producer's events may be acknowledged. An event may be when the log has
// stored it; an event that was refused, when all before it may be.
//
// Threads: the loop's.
// Memory:  an entry for each note() that is not stored yet; the producer's socket bounds them, since
//          it is not read while it waits.

#include <cstdint>
#include <deque>

#include "worker/event_log.hpp"

namespace ringside {

class AckWindow {
 public:
  // The producer's first `n_processed` events are done with, and the last that the log took has
  // `ticket`.
  void note(std::uint64_t n_processed, Ticket ticket) {
    if (!waiting_.empty() && waiting_.back().ticket == ticket) {
      waiting_.back().n_processed = n_processed;
    } else {
      waiting_.push_back({n_processed, ticket});
    }
  }
  // How many may be acknowledged when the log has stored all up to `stored`. Never goes back.
  [[nodiscard]] std::uint64_t acknowledged(Ticket stored) {
    while (!waiting_.empty() && waiting_.front().ticket <= stored) {
      n_acknowledged_ = waiting_.front().n_processed;
      waiting_.pop_front();
    }
    return n_acknowledged_;
  }
  [[nodiscard]] bool is_waiting() const noexcept { return !waiting_.empty(); }

 private:
  struct Entry {
    std::uint64_t n_processed = 0;
    Ticket ticket = 0;
  };
  std::deque<Entry> waiting_;
  std::uint64_t n_acknowledged_ = 0;
};

}  // namespace ringside
