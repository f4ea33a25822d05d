// A step that is at hand is not done: step 3 of 8 begins with two of eight completed.
#include "cli/speak.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "cli/run/run_events.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

// What the events of a run have in common.
Json metadata_of(const RunEnvironment& outside) {
  Json metadata = Json::object();
  metadata.set("source", "run");
  if (!outside.task_id.empty()) {
    metadata.set("task_id", outside.task_id);
  }
  if (!outside.workflow_id.empty()) {
    metadata.set("workflow_id", outside.workflow_id).set("workflow_type", "run");
    metadata.set("infra", outside.workflow.empty() ? outside.workflow_id : outside.workflow);
  }
  return metadata;
}

}  // namespace

Result<Step> parse_step(const std::string& text) {
  const std::size_t slash = text.find('/');
  std::size_t number = 0;
  std::size_t total = 0;
  constexpr std::size_t kMost = 1'000'000;
  if (slash == std::string::npos || !parse_u64(std::string_view(text).substr(0, slash), number) ||
      !parse_u64(std::string_view(text).substr(slash + 1), total) || number < 1 || number > total ||
      total > kMost) {
    return fail("the position must be a number and a total, as 3/8, is " + text);
  }
  return Step{static_cast<std::int64_t>(number), static_cast<std::int64_t>(total)};
}

Result<double> parse_metric_value(const std::string& text) {
  double value = 0;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return fail("the value must be a number, is " + text);
  }
  return value;
}

std::string step_events(const Spoken& spoken, const Step& step, const RunEnvironment& outside) {
  std::string events;
  if (!outside.workflow_id.empty()) {
    Json data = Json::object();
    data.set("workflow_id", outside.workflow_id)
        .set("name", outside.workflow.empty() ? outside.workflow_id : outside.workflow)
        .set("status", "Running")
        .set("progress", percent_of_steps(step.number - 1, step.total))
        .set("current_step",
             spoken.text.empty() ? fmt::format("step {}", step.number) : spoken.text)
        .set("total_steps", step.total)
        .set("completed_steps", step.number - 1);
    events = event_line("WorkflowProgressUpdate", data, metadata_of(outside));
  }
  Spoken said = spoken;
  said.text = fmt::format("step {}/{}{}{}", step.number, step.total,
                          spoken.text.empty() ? "" : ": ", spoken.text);
  return events + log_event(said, outside);
}

std::string log_event(const Spoken& spoken, const RunEnvironment& outside) {
  Json data = Json::object();
  data.set("level", spoken.level).set("message", spoken.text);
  const std::string& component = spoken.component.empty() ? outside.workflow : spoken.component;
  if (!component.empty()) {
    data.set("component", component);
  }
  if (!outside.task_id.empty()) {
    data.set("task_id", outside.task_id);
  }
  return event_line("LogEntry", data, metadata_of(outside));
}

std::string metric_event(const Spoken& spoken, double value, const RunEnvironment& outside) {
  Json data = Json::object();
  data.set("metric_name", spoken.name).set("metric_type", "gauge").set("value", value);
  if (!spoken.unit.empty()) {
    data.set("unit", spoken.unit);
  }
  if (!spoken.labels.empty()) {
    Json labels = Json::object();
    for (const auto& [name, text] : spoken.labels) {
      labels.set(name, text);
    }
    data.set("labels", labels);
  }
  return event_line("MetricUpdate", data, metadata_of(outside));
}

}  // namespace ringside::cli
