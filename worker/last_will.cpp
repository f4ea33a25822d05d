// The events of a will are checked when it is executed, like every event: here only that they are some.
#include "worker/last_will.hpp"

#include <fmt/format.h>

#include "core/base/json.hpp"

namespace ringside {

std::optional<Rejection> LastWill::take(std::string_view line) {
  if (line.size() > kMaxBytes) {
    return Rejection{fmt::format("the will is longer than {} bytes", kMaxBytes), ""};
  }
  const auto will = Json::parse(line);
  if (!will) {
    return Rejection{fmt::format("the will is not valid JSON: {}", will.error().message), ""};
  }
  const JsonRef events = (*will)["events"];
  if (!events.is_array()) {
    return Rejection{"events of a will must be a list", "events"};
  }
  std::vector<std::string> taken;
  bool are_events = true;
  events.for_each_element([&](JsonRef event) {
    are_events = event["event_type"].is_string();
    taken.push_back(event.dump());
    return are_events && taken.size() <= kMaxEvents;
  });
  if (!are_events) {
    return Rejection{"each event of a will must have an event_type", "events"};
  }
  if (taken.size() > kMaxEvents) {
    return Rejection{fmt::format("a will has at most {} events", kMaxEvents), "events"};
  }
  events_ = std::move(taken);
  return std::nullopt;
}

}  // namespace ringside
