// The part of each type that a reader needs: of a log entry its message, of a task its name and status, of a
// metric its value; of the rest the data as it is.
#include "cli/event_format.hpp"

#include <fmt/format.h>

#include "cli/terminal.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

std::string text_at(JsonRef data, std::string_view member) {
  const JsonRef value = data[member];
  if (const auto text = value.as_string()) {
    return escape_controls(*text);
  }
  return value.present() ? escape_controls(value.dump()) : std::string();
}

Color color_of_state(std::string_view state) {
  if (equals_ignoring_case(state, "error") || equals_ignoring_case(state, "failed") ||
      equals_ignoring_case(state, "critical") || equals_ignoring_case(state, "fatal")) {
    return Color::kRed;
  }
  if (equals_ignoring_case(state, "warn") || equals_ignoring_case(state, "warning") ||
      equals_ignoring_case(state, "cancelled")) {
    return Color::kYellow;
  }
  if (equals_ignoring_case(state, "completed") || equals_ignoring_case(state, "healthy") ||
      equals_ignoring_case(state, "succeeded")) {
    return Color::kGreen;
  }
  if (equals_ignoring_case(state, "running")) {
    return Color::kBlue;
  }
  return equals_ignoring_case(state, "debug") || equals_ignoring_case(state, "trace")
             ? Color::kGray
             : Color::kPlain;
}

std::string state(JsonRef data, std::string_view member) {
  const std::string text = text_at(data, member);
  return paint(1, color_of_state(text), fmt::format("{:<9}", text));
}

std::string progress(JsonRef data) {
  const auto percent = data["progress"].as_number();
  return percent ? fmt::format(" {:.0f}%", *percent) : std::string();
}

std::string name_or(JsonRef data, std::string_view member, std::string_view otherwise) {
  const std::string name = text_at(data, member);
  return name.empty() ? text_at(data, otherwise) : name;
}

std::string body_of(const EventView& event) {
  const JsonRef data = event.root["data"];
  switch (event.type) {
    case EventType::kLog:
      return fmt::format("{} {} {}", state(data, "level"),
                         paint(1, Color::kCyan, text_at(data, "component")),
                         text_at(data, "message"));
    case EventType::kTask:
      return fmt::format("{} {} {}{}", state(data, "status"), paint(1, Color::kMagenta, "task"),
                         name_or(data, "name", "task_id"), progress(data));
    case EventType::kBatch:
      return fmt::format("{} {} {}{}", state(data, "status"), paint(1, Color::kMagenta, "batch"),
                         name_or(data, "name", "batch_id"), progress(data));
    case EventType::kWorkflow:
      return fmt::format("{:<9} {} {}{} {}", "", paint(1, Color::kMagenta, "workflow"),
                         name_or(data, "name", "workflow_id"), progress(data),
                         text_at(data, "current_step"));
    case EventType::kSystem:
      return fmt::format("{} {}", state(data, "overall_status"),
                         paint(1, Color::kMagenta, "system"));
    case EventType::kMetric:
      return fmt::format(
          "{:<9} {} {} {}", "", paint(1, Color::kCyan, text_at(data, "metric_name")),
          text_at(data, "value"),
          paint(1, Color::kGray,
                data["labels"].size() != 0 ? text_at(data, "labels") : std::string()));
    case EventType::kCustom:
      break;
  }
  return fmt::format("{:<9} {} {}", "", paint(1, Color::kMagenta, escape_controls(event.name)),
                     text_at(event.root, "data"));
}

}  // namespace

std::string format_event(const EventView& event) {
  // For a person who reads it now: the time of day of receipt, in UTC as everywhere
  // else.
  const std::string time = format_rfc3339(event.received).substr(11, 12);
  return paint(1, Color::kGray, time) + " " + body_of(event) + "\n";
}

}  // namespace ringside::cli
