// Input that costs more than it should: filters, redaction and JSON take a number of steps that is
// proportional to what they are given. The first letter of an input says which is measured:
//
//   j  a JSON text, skimmed, parsed, and redacted when it is an object
//   r  text, redacted
//   f  a filter; after the first line feed, the string in an event that is matched against it
//
// The bounds are about twice of what the search in cost_search_main.cpp found with four times as many inputs as
// it tries in a test. For most text the cost is a hundredth of that. The search also repeats what it found,
// which shows a cost that grows faster than the input, however small it still is.
#include "fuzz/cost_fuzz.hpp"

#include <array>
#include <memory>
#include <string>

#include "core/base/json.hpp"
#include "core/base/json_skim.hpp"
#include "core/base/text.hpp"
#include "core/config/worker_options.hpp"
#include "core/event/event_view.hpp"
#include "core/policy/filter.hpp"
#include "core/redact/redactor.hpp"
#include "fuzz/cost_meter.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

namespace {

Redactor& redactor() {
  static const std::unique_ptr<Redactor> made =
      *Redactor::make(parse_worker_options("", "fuzz").options);
  return *made;
}

void take_json(std::string_view text) {
  JsonSkim skim;
  if (skim.read(text)) {
    (void)redactor().is_clean(skim, skim.root());
  }
  if (const auto parsed = Json::parse(text); parsed && parsed->ref().is_object()) {
    (void)redactor().redact(parsed->ref());
  }
}

void take_text(std::string_view text) { (void)redactor().redact_text(to_valid_utf8(text)); }

// Only matching is measured: a filter is compiled once, and within limits of its own.
std::uint64_t take_filter(std::string_view text) {
  const std::size_t line_feed = text.find('\n');
  const auto parsed = Json::parse(text.substr(0, line_feed));
  if (!parsed || !parsed->ref().is_object()) {
    return 0;
  }
  const auto filter = Filter::compile(parsed->ref());
  if (!filter) {
    return 0;
  }
  const std::string_view value =
      line_feed == std::string_view::npos ? "" : text.substr(line_feed + 1);
  const Json root =
      Json::object()
          .set("event_type", "TaskStatusChanged")
          .set("data", Json::object().set("name", to_valid_utf8(value)).set("status", "Running"))
          .deep_copy();
  const std::string event = root.dump();
  const EventView view{EventType::kTask, "TaskStatusChanged", {}, event, root.ref()};
  const std::uint64_t before = fuzz::n_steps();
  (void)(*filter)->matches(view);
  return fuzz::n_steps() - before;
}

}  // namespace

namespace ringside::fuzz {

Cost cost_of(std::string_view input) {
  if (input.empty()) {
    return {};
  }
  const std::string_view rest = input.substr(1);
  const std::uint64_t before = n_steps();
  switch (input.front()) {
    case 'j':
      take_json(rest);
      return {n_steps() - before, kJsonBound.allowed(rest.size())};
    case 'r':
      take_text(rest);
      return {n_steps() - before, kRedactionBound.allowed(rest.size())};
    case 'f':
      return {take_filter(rest), kFilterBound.allowed(rest.size())};
    default:
      return {};
  }
}

}  // namespace ringside::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Cost cost = fuzz::cost_of(fuzz::text_of(data, size));
  fuzz::require(cost.steps <= cost.allowed, "the cost is proportional to the input");
  return 0;
}
