// Lines are by far the most events, so what is the same in all of them is written once.
#include "cli/run/run_events.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "cli/from_terraform_text.hpp"
#include "cli/run/output_lines.hpp"
#include "core/base/text.hpp"
#include "core/policy/level_guess.hpp"

namespace ringside::cli {
namespace {

constexpr std::size_t kLookAtBytes = 512;  // of a line, for its level

// The level that a line of JSON names.
std::string_view level_in_json(std::string_view text) noexcept {
  for (const std::string_view member :
       {std::string_view("\"level\":"), std::string_view("\"severity\":"),
        std::string_view("\"lvl\":"), std::string_view("\"levelname\":")}) {
    const std::size_t at = text.find(member);
    if (at == std::string_view::npos) {
      continue;
    }
    std::string_view value = text.substr(at + member.size());
    const std::size_t begin = value.find_first_not_of(" \"");
    value = value.substr(std::min(begin, value.size()));
    if (const auto level = level_of_word(value.substr(0, value.find('"'))); !level.empty()) {
      return level;
    }
  }
  return {};
}

std::string_view level_of(std::string_view text) {
  text = text.substr(0, kLookAtBytes);
  if (text.starts_with('{')) {
    if (const auto level = level_in_json(text); !level.empty()) {
      return level;
    }
  }
  return text.find('\x1b') == std::string_view::npos ? guess_level(text)
                                                     : guess_level(without_escapes(text));
}

void append_text(std::string& out, std::string_view text) {
  if (is_valid_utf8(text)) {
    append_json_string(out, text);
  } else {
    append_json_string(out, to_valid_utf8(text));
  }
}

std::string json_string(std::string_view text) {
  std::string out;
  append_text(out, text);
  return out;
}

}  // namespace

std::string RunEnd::reason() const {
  if (!error.empty()) {
    return error;
  }
  if (signal != 0) {
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? fmt::format("killed by SIG{}", name)
                           : fmt::format("killed by signal {}", signal);
  }
  return exit_status == 0 ? std::string() : fmt::format("exit status {}", exit_status);
}

std::string event_line(std::string_view type, const Json& data, const Json& metadata,
                       std::optional<WallTime> at) {
  Json event = Json::object();
  event.set("event_type", type);
  event.set("timestamp", format_rfc3339(at.value_or(system_clock().wall_now())));
  event.set("data", data).set("metadata", metadata);
  std::string line;
  event.ref().dump_to(line);
  return line + "\n";
}

double percent_of_steps(std::int64_t completed, std::int64_t total) noexcept {
  return total <= 0 ? 0
                    : rounded(100.0 * static_cast<double>(completed) / static_cast<double>(total));
}

RunEvents::RunEvents(RunIdentity identity)
    : identity_(std::move(identity)), started_at_(format_rfc3339(system_clock().wall_now())) {
  for (std::size_t i = 0; i < kOutputStreams; ++i) {
    log_middle_[i] =
        fmt::format(R"(,"component":{},"task_id":{},"details":{{"stream":"{}"}}}},"metadata":{}}})"
                    "\n",
                    json_string(identity_.name), json_string(identity_.task_id),
                    name_of(static_cast<OutputStream>(i)), metadata().dump());
  }
}

Json RunEvents::metadata() const {
  Json metadata = Json::object();
  metadata.set("source", "run")
      .set("task_id", identity_.task_id)
      .set("workflow_id", identity_.workflow_id)
      .set("workflow_type", "run")
      .set("infra", identity_.workflow);
  if (!identity_.parent_task_id.empty()) {
    metadata.set("parent_task_id", identity_.parent_task_id);
  }
  return metadata;
}

void RunEvents::append_line(std::string& out, OutputStream stream, WallTime at,
                            std::string_view text, std::size_t n_cut) const {
  if (stamp_.empty() || at != stamp_at_) {
    stamp_at_ = at;
    stamp_ =
        R"({"event_type":"LogEntry","timestamp":")" + format_rfc3339(at) + R"(","data":{"level":")";
  }
  out += stamp_;
  out += level_of(text);
  out += R"(","message":)";
  if (n_cut == 0) {
    append_text(out, text);
  } else {
    append_text(out, fmt::format("{} [{} bytes cut]", text, n_cut));
  }
  out += log_middle_[static_cast<std::size_t>(stream)];
}

void RunEvents::append_note(std::string& out, std::string_view level,
                            const std::string& text) const {
  out += event_line("LogEntry",
                    Json::object()
                        .set("level", level)
                        .set("message", text)
                        .set("component", "ringside")
                        .set("task_id", identity_.task_id),
                    metadata());
}

std::string RunEvents::task(const Json& data) const {
  return event_line("TaskStatusChanged", data, metadata());
}

std::string RunEvents::started(WallTime at) const {
  Json data = Json::object();
  data.set("task_id", identity_.task_id).set("name", identity_.name).set("status", "Running");
  return event_line("TaskStatusChanged", data, metadata(), at);
}

std::string RunEvents::will() const {
  static constexpr std::string_view kGone = "Disconnected";
  static constexpr std::string_view kWhy =
      "`ringside run` was killed or lost its connection: the command may still run";
  const auto event = [this](std::string_view type, std::string_view id_name, const std::string& id,
                            const std::string& name) {
    const Json data = std::move(
        Json::object().set(id_name, id).set("name", name).set("status", kGone).set("error", kWhy));
    return std::move(  // the worker puts the time in
        Json::object().set("event_type", type).set("data", data).set("metadata", metadata()));
  };
  Json events = Json::array();
  events.append(event("TaskStatusChanged", "task_id", identity_.task_id, identity_.name));
  if (identity_.begins_workflow) {
    events.append(
        event("WorkflowProgressUpdate", "workflow_id", identity_.workflow_id, identity_.workflow));
  }
  return Json::object().set("type", "will").set("events", events).dump() + "\n";
}

std::string RunEvents::progressed(double percent) const {
  return task(Json::object()
                  .set("task_id", identity_.task_id)
                  .set("name", identity_.name)
                  .set("status", "Running")
                  .set("previous_status", "Running")
                  .set("progress", rounded(percent)));
}

std::string RunEvents::ended(const RunEnd& end, std::optional<double> progress,
                             std::uint64_t n_lines, std::uint64_t n_dropped) const {
  Json data = Json::object();
  data.set("task_id", identity_.task_id)
      .set("name", identity_.name)
      .set("status", end.failed() ? "Failed" : "Completed")
      .set("previous_status", "Running");
  if (!end.failed()) {
    data.set("progress", 100);
  } else if (progress) {
    data.set("progress", rounded(*progress));
  }
  data.set("exit_status", end.exit_status);
  if (end.signal != 0) {
    const char* name = ::sigabbrev_np(end.signal);
    data.set("signal", name != nullptr ? fmt::format("SIG{}", name) : std::to_string(end.signal));
  }
  if (const std::string reason = end.reason(); !reason.empty()) {
    data.set("error", reason);
  }
  const auto to_milliseconds = [](std::chrono::duration<double> d) {
    return std::round(d.count() * 1000) / 1000;
  };
  data.set("duration_seconds", to_milliseconds(end.duration))
      .set("cpu_seconds", to_milliseconds(end.cpu))
      .set("peak_memory_bytes", end.peak_memory_bytes)
      .set("lines", n_lines)
      .set("lines_dropped", n_dropped);
  return task(data);
}

std::string RunEvents::workflow(std::string_view status, std::optional<double> progress,
                                const StepState& step, const std::string& message) const {
  Json data = Json::object();
  data.set("workflow_id", identity_.workflow_id)
      .set("name", identity_.workflow)
      .set("status", status);
  if (progress) {
    data.set("progress", rounded(*progress));
  }
  if (!step.current.empty()) {
    data.set("current_step", step.current);
  }
  if (step.total > 0) {
    data.set("total_steps", step.total).set("completed_steps", step.completed);
  }
  if (!message.empty()) {
    data.set("error", message);
  }
  Json about = metadata();
  about.set("started_at", started_at_);
  return event_line("WorkflowProgressUpdate", data, about);
}

}  // namespace ringside::cli
