#pragma once
// RingLog: the event log of one machine, the shared ring. An event is stored as soon as it is
// appended: the ring's file outlives the process.
//
// Threads: the loop's.

#include <cstdint>
#include <string>

#include "core/ring/writer.hpp"
#include "worker/event_log.hpp"

namespace ringside {

class RingLog final : public EventLog {
 public:
  explicit RingLog(RingWriter& ring);

  [[nodiscard]] std::optional<Ticket> append(const AcceptedEvent& entry) override;
  [[nodiscard]] Ticket stored_up_to() const noexcept override { return n_appended_; }
  [[nodiscard]] std::size_t max_event_bytes() const noexcept override {
    return ring_.max_record_bytes();
  }
  void end_turn() noexcept override;

 private:
  [[nodiscard]] std::string_view text_of(WallTime time);

  RingWriter& ring_;
  std::string epoch_text_;
  std::string one_line_;  // an event without its line breaks
  std::string end_;       // what is put after an event
  WallTime text_time_;
  std::string time_text_;
  Ticket n_appended_ = 0;
  Ticket n_woken_ = 0;
};

}  // namespace ringside
