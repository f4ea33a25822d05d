// Three questions about each word: does an event have it, does Ringside define it, is it near to one of these. No event is needed
// for the last two, so an empty ring says as much as it can.
#include "cli/selection_hints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "cli/core_members.hpp"
#include "cli/duration.hpp"
#include "core/base/echo.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/config/suggestion.hpp"
#include "core/event/type.hpp"
#include "core/policy/filter.hpp"

namespace ringside::cli {
namespace {

constexpr std::size_t kMaxNames =
    1000;  // of members and of values; what more there are is not suggested

// What the newest events have.
struct Seen {
  std::size_t n_events = 0;
  std::size_t n_selected = 0;  // of the selected types
  std::set<std::string, std::less<>> types;
  std::set<std::string, std::less<>> members;                        // of the selected
  std::map<std::string, std::set<std::string>, std::less<>> values;  // of filtered members
};

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void note_members(JsonRef object, Seen& seen) {
  object.for_each_member([&](std::string_view name, JsonRef) {
    seen.members.emplace(name);
    return seen.members.size() < kMaxNames;
  });
}

void note_values(const EventView& event, const std::vector<FilterWords>& filters, Seen& seen) {
  for (const FilterWords& filter : filters) {
    const JsonRef value = read_filter_path(event, filter.name);
    if (!value.present()) {
      continue;
    }
    auto& values = seen.values[filter.name];
    if (values.size() < kMaxNames) {
      const auto text = value.as_string();
      values.emplace(text ? std::string(*text) : value.dump());
    }
  }
}

Seen look(const RingReader& ring, const std::vector<std::string>& types,
          const std::vector<FilterWords>& filters) {
  Seen seen;
  const std::uint64_t head = ring.head().value;
  Cursor at = ring.seek_seq(Seq{head > kMaxLooked ? head - kMaxLooked + 1 : 1}).cursor;
  Record record;
  while (seen.n_events < kMaxLooked) {
    const ReadOutcome outcome = ring.read_next(at, record).outcome;
    if (outcome == ReadOutcome::kEmpty) {
      break;
    }
    ++seen.n_events;
    if (outcome != ReadOutcome::kRecord) {
      continue;
    }
    seen.types.emplace(record.name());
    if (filters.empty() || !(types.empty() || contains(types, record.name()))) {
      continue;
    }
    const auto json = Json::parse(record.text());
    if (!json) {
      continue;
    }
    ++seen.n_selected;
    EventView event{static_cast<EventType>(record.type_code), record.name(), record.received,
                    record.text(), json->ref()};
    note_members(event.root["data"], seen);
    note_members(event.root["metadata"], seen);
    note_values(event, filters, seen);
  }
  return seen;
}

std::string looked_at(std::size_t n) {
  return n == 0 ? "there is no event yet"
                : fmt::format("none of the last {} events", describe_count(n));
}

std::string doubt_about_type(const std::string& type, const Seen& seen) {
  if (type == kAllEvents || event_type_of(type) != EventType::kCustom ||
      seen.types.contains(type)) {
    return {};
  }
  std::vector<std::string_view> known(seen.types.begin(), seen.types.end());
  for (const EventTypeName& core : core_event_types()) {
    known.push_back(core.full);
    known.push_back(core.alias);
  }
  const std::string advice = suggestion_for(type, known);
  if (seen.n_events == 0 && advice.empty()) {
    return {};  // a type of an application, perhaps, and nothing to compare it with
  }
  return fmt::format("--events {}: {}{}{}", echo(type), looked_at(seen.n_events),
                     seen.n_events == 0 ? "" : " has this type", advice);
}

std::string doubt_about_member(const FilterWords& filter, const Seen& seen) {
  const std::string_view first = std::string_view(filter.name).substr(0, filter.name.find('.'));
  if (std::ranges::find(kFilterKeys, filter.name) != kFilterKeys.end() ||
      std::ranges::find(kCoreMembers, first) != kCoreMembers.end() || first == "data" ||
      first == "metadata" || first == "event_type" || first == "id" || first == "timestamp") {
    return {};
  }
  std::vector<std::string_view> known(seen.members.begin(), seen.members.end());
  known.insert(known.end(), kCoreMembers.begin(), kCoreMembers.end());
  known.insert(known.end(), kFilterKeys.begin(), kFilterKeys.end());
  const std::string advice = seen.members.contains(first) ? "" : suggestion_for(first, known);
  if (seen.n_selected == 0 && advice.empty()) {
    return {};
  }
  return fmt::format("--filter {}: {}{}{}", echo(filter.name), looked_at(seen.n_selected),
                     seen.n_selected == 0 ? "" : " has this member", advice);
}

// Values are compared exactly: "failed" is not "Failed".
std::string doubt_about_value(const FilterWords& filter, const std::set<std::string>& seen) {
  for (const std::string& value : filter.values) {
    const auto near = std::ranges::find_if(
        seen, [&](const std::string& each) { return equals_ignoring_case(each, value); });
    if (!seen.contains(value) && near != seen.end()) {
      return fmt::format("--filter {}={}: values are compared exactly; did you mean \"{}\"?",
                         echo(filter.name), echo(value), echo(*near));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> selection_hints(const RingReader& ring, const Selection& selection) {
  const std::vector<std::string> types = selection.types();
  std::vector<FilterWords> filters;
  for (const std::string& text : selection.filters) {
    if (auto words = filter_words(text)) {
      filters.push_back(std::move(*words));
    }
  }
  if (types.empty() && filters.empty()) {
    return {};
  }
  const Seen seen = look(ring, types, filters);
  std::vector<std::string> doubts;
  for (const std::string& type : types) {
    doubts.push_back(doubt_about_type(type, seen));
  }
  for (const FilterWords& filter : filters) {
    const auto values = seen.values.find(filter.name);
    if (values == seen.values.end()) {
      doubts.push_back(doubt_about_member(filter, seen));
    } else if (filter.name != "level") {
      doubts.push_back(doubt_about_value(filter, values->second));
    }
  }
  std::erase(doubts, "");
  return doubts;
}

}  // namespace ringside::cli
