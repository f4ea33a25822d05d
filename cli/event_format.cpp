// The part of each type that a reader needs: of a log entry its message, of a task its name and status, of a
// metric its value; of the rest the data as it is.
#include "cli/event_format.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <vector>

#include "cli/terminal.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

// Without the sequences that set colours (ESC [ 1;31 m), which many programs write into their logs.
std::string without_colors(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\x1b[")) {
      const std::size_t end = text.find_first_not_of("0123456789;:", i + 2);
      if (end != std::string_view::npos && text[end] == 'm') {
        i = end;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::string text_at(JsonRef data, std::string_view member) {
  const JsonRef value = data[member];
  if (const auto text = value.as_string()) {
    return escape_controls(without_colors(*text));
  }
  return value.present() ? escape_controls(value.dump()) : std::string();
}

// A text that may have several lines, as a stack trace has.
std::string lines_at(JsonRef data, std::string_view member, const EventStyle& style) {
  const auto text = data[member].as_string();
  if (!text || text->find('\n') == std::string_view::npos) {
    return text_at(data, member);
  }
  std::string plain = without_colors(*text);
  while (plain.ends_with('\n') || plain.ends_with('\r')) {
    plain.pop_back();
  }
  const std::vector<std::string_view> lines = split(plain, '\n');
  std::string out;
  for (std::string_view line : lines) {
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    out += (out.empty() ? "" : "\n    ") + escape_controls(line);
    if (!style.is_long) {
      break;
    }
  }
  if (!style.is_long && lines.size() > 1) {
    out += paint(1, Color::kGray,
                 fmt::format(" (+{} line{})", lines.size() - 1, lines.size() == 2 ? "" : "s"));
  }
  return out;
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

std::string body_of(const EventView& event, const EventStyle& style) {
  const JsonRef data = event.root["data"];
  switch (event.type) {
    case EventType::kLog:
      return fmt::format("{} {} {}", state(data, "level"),
                         paint(1, Color::kCyan, text_at(data, "component")),
                         lines_at(data, "message", style));
    case EventType::kTask:
      return fmt::format("{} {} {}{}", state(data, "status"), paint(1, Color::kMagenta, "task"),
                         name_or(data, "name", "task_id"), progress(data));
    case EventType::kBatch:
      return fmt::format("{} {} {}{}", state(data, "status"), paint(1, Color::kMagenta, "batch"),
                         name_or(data, "name", "batch_id"), progress(data));
    case EventType::kWorkflow:
      return fmt::format(
          "{} {} {}{} {}", state(data, "status"), paint(1, Color::kMagenta, "workflow"),
          name_or(data, "name", "workflow_id"), progress(data), text_at(data, "current_step"));
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

std::optional<TimeFormat> time_format_named(std::string_view name) {
  const auto* found = std::ranges::find(kTimeFormats, name);
  return found == std::end(kTimeFormats)
             ? std::nullopt
             : std::optional(static_cast<TimeFormat>(found - std::begin(kTimeFormats)));
}

std::string format_time(WallTime time, TimeFormat format, WallTime now) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  const auto fraction = (ms - seconds).count();
  const std::time_t at = seconds.time_since_epoch().count();
  const std::string utc = format_rfc3339(time).substr(0, 23);
  switch (format) {
    case TimeFormat::kUtc:
      return utc + "Z";
    case TimeFormat::kUnix:
      return fmt::format("{}.{:03}", at, fraction);
    case TimeFormat::kLocal: {
      std::tm local{};
      if (::localtime_r(&at, &local) == nullptr) {
        return utc + "Z";
      }
      const long minutes = local.tm_gmtoff / 60;
      return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}{}{:02}:{:02}", local, fraction,
                         minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
    }
    case TimeFormat::kClock:
      break;
  }
  const bool is_today = format_rfc3339(now).substr(0, 10) == utc.substr(0, 10);
  return is_today ? utc.substr(11) : utc.substr(0, 10) + " " + utc.substr(11);
}

std::string format_event(const EventView& event, const EventStyle& style) {
  std::string line = paint(1, Color::kGray, format_time(event.received, style.time, style.now));
  if (style.is_long) {
    line += " " + paint(1, Color::kGray, text_at(event.root, "id"));
  }
  return line + " " + body_of(event, style) + "\n";
}

}  // namespace ringside::cli
