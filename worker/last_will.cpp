// The events of a will are checked when it is executed, like every event: here only that they are some.
#include "worker/last_will.hpp"

#include <fmt/format.h>

#include "core/base/json.hpp"

namespace ringside {

LastWill::Outcome LastWill::take(std::string_view line, Rejection& why) {
  const auto will = Json::parse(line);
  if (!will || (*will)["type"].as_string() != "will" || (*will)["event_type"].present()) {
    return Outcome::kNoWill;
  }
  const auto refuse = [&why](std::string message) {
    why = {std::move(message), "events"};
    return Outcome::kRefused;
  };
  if (line.size() > kMaxBytes) {
    return refuse(fmt::format("the will is longer than {} bytes", kMaxBytes));
  }
  const JsonRef events = (*will)["events"];
  if (!events.is_array()) {
    return refuse("events of a will must be a list");
  }
  std::vector<std::string> taken;
  bool are_events = true;
  events.for_each_element([&](JsonRef event) {
    are_events = event["event_type"].is_string();
    taken.push_back(event.dump());
    return are_events && taken.size() <= kMaxEvents;
  });
  if (!are_events) {
    return refuse("each event of a will must have an event_type");
  }
  if (taken.size() > kMaxEvents) {
    return refuse(fmt::format("a will has at most {} events", kMaxEvents));
  }
  events_ = std::move(taken);
  return Outcome::kTaken;
}

}  // namespace ringside
