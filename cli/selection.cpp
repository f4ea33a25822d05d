// The options become the filters object that a client would send, so that a command selects as a subscription does.
#include "cli/selection.hpp"

#include <memory>
#include <utility>

#include "core/base/echo.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/event/type.hpp"
#include "core/policy/filter.hpp"

namespace ringside::cli {

std::vector<std::string> Selection::types() const {
  std::vector<std::string> names;
  for (const std::string_view name : split(events, ',')) {
    if (!trim(name).empty()) {
      names.emplace_back(resolve_event_name(trim(name)));
    }
  }
  return names;
}

Result<FilterWords> filter_words(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail("--filter must be NAME=VALUE[,VALUE], is \"" + echo(text) + "\"");
  }
  FilterWords words;
  words.name = text.substr(0, equals);
  for (const std::string_view value : split(std::string_view(text).substr(equals + 1), ',')) {
    words.values.emplace_back(value);
  }
  return words;
}

Result<Subscription> subscription_of(const Selection& selection) {
  Json filters = Json::object();
  for (const std::string& text : selection.filters) {
    const auto words = filter_words(text);
    if (!words) {
      return tl::unexpected(words.error());
    }
    Json values = Json::array();
    for (const std::string& value : words->values) {
      values.append(value);
    }
    filters.set(words->name, values);
  }
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      filters.set(name, value);
    }
  };
  set("min_level", selection.level);
  set("component", selection.component);
  set("search", selection.search);
  std::shared_ptr<const Filter> filter;
  if (filters.ref().size() > 0) {
    auto compiled = Filter::compile(filters.ref());
    if (!compiled) {
      return fail(compiled.error().key + ": " + compiled.error().message);
    }
    filter = std::move(*compiled);
  }
  const std::vector<std::string> types = selection.types();
  for (const std::string& type : types) {
    if (!is_subscribable_name(type)) {
      return fail("--events: \"" + echo(type) + "\" is not the name of a type of events");
    }
  }
  return types.empty() ? Subscription::everything(filter) : Subscription::of(types, filter);
}

void add_selection(CLI::App& command, Selection& selection) {
  command.add_option(
      "--events", selection.events,
      "event types, comma-separated: task, batch, system, workflow, log, metric or full names");
  command.add_option("--filter", selection.filters,
                     "NAME=VALUE[,VALUE], compared exactly; can be repeated");
  command.add_option("--level", selection.level, "log entries of this level and above");
  command.add_option("--component", selection.component, "of this component");
  command.add_option("--search", selection.search, "with this text, ignoring case");
}

}  // namespace ringside::cli
