// The event is rendered here but for its id, which only the log can give.
#include "worker/cluster/cluster_log.hpp"

#include <algorithm>
#include <utility>

namespace ringside::cluster {

ClusterLog::ClusterLog(Outbox& outbox, std::size_t max_event_bytes, std::function<void()> on_turn)
    : outbox_(outbox), max_event_bytes_(max_event_bytes), on_turn_(std::move(on_turn)) {}

Ticket ClusterLog::append(const AcceptedEvent& entry) {
  constexpr std::size_t kRoomForTimeAndId = 96;
  if (entry.name.size() + entry.object.size() + kRoomForTimeAndId > max_event_bytes_) {
    return kNotTaken;
  }
  text_ = entry.object;
  if (!entry
           .is_one_line) {  // line breaks can only be blanks between values: see worker/ring_log.cpp
    std::ranges::replace_if(
        text_, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  }
  if (!entry.has_timestamp) {
    text_.append(R"(,"timestamp":")").append(format_rfc3339(entry.received)).push_back('"');
  }
  text_.push_back('}');
  appended_ = true;
  return outbox_.push(text_);
}

void ClusterLog::end_turn() noexcept {
  if (std::exchange(appended_, false)) {
    on_turn_();
  }
}

}  // namespace ringside::cluster
