// Filters as clients write them, against events: compiled twice they have one key and one mind.
#include <array>

#include "core/base/json.hpp"
#include "core/event/event_view.hpp"
#include "core/policy/filter.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

namespace {

struct Event {
  EventType type;
  std::string_view name;
  std::string_view text;
};
constexpr std::array<Event, 3> kEvents{
    {{EventType::kTask, "TaskStatusChanged",
      R"({"event_type":"TaskStatusChanged","data":{"task_id":"t1","name":"build","status":"Running","progress":45.5,"a":{"b":[1,"x",null]}},"metadata":{"infra":"lab"}})"},
     {EventType::kLog, "LogEntry",
      R"({"event_type":"LogEntry","data":{"level":"WARN","message":"disk 91 % full","component":"db"}})"},
     {EventType::kCustom, "Deployed",
      R"({"event_type":"Deployed","data":{"to":"eu","n":3,"ok":true}})"}}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = Json::parse(fuzz::text_of(data, size));
  if (!parsed || !parsed->ref().is_object()) {
    return 0;
  }
  const auto one = Filter::compile(parsed->ref());
  const auto other = Filter::compile(parsed->ref());
  fuzz::require(one.has_value() == other.has_value(), "the same filter has the same fate");
  if (!one) {
    fuzz::require(!one.error().message.empty(), "a refused filter says why");
    return 0;
  }
  fuzz::require((*one)->key() == (*other)->key(), "the same filter has the same key");
  for (const Event& event : kEvents) {
    const Json root = *Json::parse(event.text);
    const EventView view{event.type, event.name, {}, event.text, root.ref()};
    fuzz::require((*one)->matches(view) == (*other)->matches(view),
                  "the same filter decides alike");
  }
  return 0;
}
