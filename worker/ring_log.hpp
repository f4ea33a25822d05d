#pragma once
// RingLog: the event log of one machine: the shared ring and, after it, the history on disk. An event
// is stored as soon as it is appended, since the ring's file outlives the process; or, where that is
// configured, when the disk has it.
//
// Threads: the loop's.

#include <cstdint>
#include <string>

#include "core/ring/writer.hpp"
#include "worker/event_id_text.hpp"
#include "worker/event_log.hpp"
#include "worker/history/history_keeper.hpp"

namespace ringside {

class RingLog final : public EventLog {
 public:
  // `history`: null where there is none on disk.
  explicit RingLog(RingWriter& ring, HistoryKeeper* history = nullptr);

  [[nodiscard]] Ticket append(const AcceptedEvent& entry) override;
  [[nodiscard]] Ticket stored_up_to() const noexcept override;
  [[nodiscard]] std::size_t max_event_bytes() const noexcept override {
    return ring_.max_record_bytes();
  }
  void end_turn() noexcept override;

 private:
  [[nodiscard]] std::string_view text_of(WallTime time);

  RingWriter& ring_;
  HistoryKeeper* history_;
  Seq before_first_;  // the sequence before that of ticket 1
  EventIdText id_;
  std::string one_line_;  // an event without its line breaks
  std::string end_;       // what is put after an event without a timestamp
  WallTime text_time_;
  std::string time_text_;
  Ticket n_appended_ = 0;
  mutable Ticket n_stored_ = 0;  // as it was told
  Ticket n_woken_ = 0;
};

}  // namespace ringside
