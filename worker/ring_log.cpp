// An event goes into the ring as its producer's own bytes, with what is missing put in before the
// last brace: nothing is built and nothing allocated.
#include "worker/ring_log.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace ringside {
RingLog::RingLog(RingWriter& ring, HistoryKeeper* history)
    : ring_(ring), history_(history), before_first_{ring.next_seq().value - 1}, id_(ring.epoch()) {}

Ticket RingLog::stored_up_to() const noexcept {
  Ticket stored = n_appended_;
  if (history_ != nullptr && history_->delays_acks()) {
    const Seq synced = history_->synced();
    stored = synced > before_first_ ? synced.value - 1 - before_first_.value : 0;
  }
  n_stored_ = std::max(n_stored_, stored);
  return n_stored_;
}

Ticket RingLog::append(const AcceptedEvent& entry) {
  const Seq seq = ring_.next_seq();
  std::string_view object = entry.object;
  // Line breaks can only be blanks between values here: inside a string they would not be JSON. One
  // event is one line, everywhere.
  // (Two memchr: find_first_of would call one for each byte, and was a third of ingest's time.)
  if (!entry.is_one_line && (object.find('\n') != std::string_view::npos ||
                             object.find('\r') != std::string_view::npos)) {
    one_line_ = object;
    std::ranges::replace_if(
        one_line_, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    object = one_line_;
  }
  std::string_view end = id_.of(seq);
  if (!entry.has_timestamp) {
    end_ = R"(,"timestamp":")";
    end_.append(text_of(entry.received)).append("\"").append(end);
    end = end_;
  }
  if (entry.name.size() + object.size() + end.size() > ring_.max_record_bytes()) {
    return kNotTaken;
  }
  const Seq written =
      ring_.append(static_cast<std::uint8_t>(entry.type), entry.name, object, end, entry.received);
  RS_CHECK(written == seq);
  if (history_ != nullptr) {
    history_->add(ring_.last_record());
  }
  return ++n_appended_;
}

void RingLog::end_turn() noexcept {
  if (n_woken_ != n_appended_) {
    n_woken_ = n_appended_;
    ring_.wake();
    if (history_ != nullptr) {
      history_->end_turn();
    }
  }
}

std::string_view RingLog::text_of(WallTime time) {
  if (time_text_.empty() || text_time_ != time) {
    text_time_ = time;
    time_text_ = format_rfc3339(time);
  }
  return time_text_;
}

}  // namespace ringside
