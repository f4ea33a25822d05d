// A run has no id of its own, so it gets one of its name and the time of its first line: the same
// output read twice is the same run. Nothing that terraform calls a value is handed on (outputs,
// attributes): it may be sensitive, and what a person reads in the terminal is enough.
#include "cli/from_terraform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestId = 512;  // conf/schemas/events
constexpr std::string_view kPending = "Pending";
constexpr std::string_view kRunning = "Running";
constexpr std::string_view kCompleted = "Completed";
constexpr std::string_view kFailed = "Failed";

struct Action {
  std::string_view name;
  std::string_view doing;
  int n_operations;
};
constexpr std::array<Action, 5> kActions{{{"create", "Creating", 1},
                                          {"update", "Modifying", 1},
                                          {"delete", "Destroying", 1},
                                          {"replace", "Replacing", 2},
                                          {"read", "Reading", 1}}};

// Nothing for what changes no resource: noop, move, import, remove, and what is yet to be invented.
const Action* action_of(std::string_view name) noexcept {
  const auto* const found = std::find_if(kActions.begin(), kActions.end(),
                                         [&](const Action& a) { return a.name == name; });
  return found == kActions.end() ? nullptr : found;
}

std::string text_of(JsonRef value) { return std::string(value.as_string().value_or("")); }

// At most `most` bytes, cut between characters.
std::string_view cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) {
    return text;
  }
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0u) == 0x80u) {
    --most;
  }
  return text.substr(0, most);
}

// Addresses with long keys do not fit an id; what is cut off still tells them apart.
std::string id_of(std::string_view run, std::string_view address) {
  std::string id = fmt::format("{}/{}", run, address);
  if (id.size() > kLongestId) {
    const std::size_t hash = std::hash<std::string_view>{}(address);
    id = fmt::format("{}~{:016x}", cut(id, kLongestId - 17), hash);
  }
  return id;
}

std::string level_of(JsonRef message) {
  std::string level = text_of(message["@level"]);
  std::transform(level.begin(), level.end(), level.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return level.empty() || level.size() > 16 ? "INFO" : level;
}

double rounded(double value) noexcept { return std::round(value * 10) / 10; }

}  // namespace

double FromTerraform::Task::progress() const noexcept {
  return status == kCompleted ? 100.0 : 100.0 * n_done / n_operations;
}

FromTerraform::FromTerraform(std::string_view name, WallTime now)
    : name_(cut(to_valid_utf8(name), kLongestName)), now_(now) {
  if (name_.empty()) {
    name_ = "terraform";
  }
}

FromTerraform::Said FromTerraform::take(std::string_view line, std::string& events) {
  line = trim(line);
  if (line.empty()) {
    return {};
  }
  const auto parsed = Json::parse(line);
  const JsonRef message = parsed ? parsed->ref() : JsonRef();
  if (!message.is_object() || !message["@message"].is_string()) {
    at_.reset();
    begin({});
    say_log("INFO", to_valid_utf8(line), {}, events);
    return {.text = std::string(line)};
  }
  at_ = parse_rfc3339(message["@timestamp"].as_string().value_or(""));
  begin(at_);
  Said said{.text = text_of(message["@message"])};
  const std::string_view type = message["type"].as_string().value_or("");
  if (type == "version" && understood_) {
    take_version(message);
    if (!understood_) {
      said.tone = Said::Tone::kWarning;
      said.text += fmt::format(
          ": its output has version {}, which is not known here (0 and 1 are): only its messages "
          "are "
          "shown",
          escape_controls(text_of(message["ui"])));
      say_log("WARN", said.text, {}, events);
      return said;
    }
  }
  const std::string level = level_of(message);
  if (level == "ERROR") {
    said.tone = Said::Tone::kError;
  } else if (level == "WARN") {
    said.tone = Said::Tone::kWarning;
  } else if (type == "apply_complete" || type == "change_summary") {
    said.tone = Said::Tone::kGood;
  }
  if (const auto detail = message["diagnostic"]["detail"].as_string(); detail && !detail->empty()) {
    said.text += fmt::format(": {}", *detail);
  }
  say_log(level, said.text, message, events);
  if (understood_) {
    take_message(message, events);
  }
  return said;
}

void FromTerraform::finish(std::string& events) {
  at_.reset();
  if (phase_ == Phase::kNotBegun || phase_ == Phase::kEnded || !understood_) {
    return;
  }
  if (failed_) {
    settle_tasks("Skipped", "Interrupted", events);
    end(kFailed, step_, events);
  } else if (planned_ && phase_ == Phase::kPlanning) {  // terraform plan
    settle_tasks("Planned", "Interrupted", events);
    end(kCompleted, step_, events);
  } else {
    failed_ = true;
    settle_tasks("Skipped", "Interrupted", events);
    end(kFailed, "The output ended before the run did", events);
  }
}

// --- messages

void FromTerraform::take_message(JsonRef message, std::string& events) {
  const std::string_view type = message["type"].as_string().value_or("");
  if (type == "version") {
    say_workflow(events);
  } else if (type == "planned_change") {
    take_planned_change(message["change"], events);
  } else if (type == "change_summary") {
    take_summary(message, events);
  } else if (type == "diagnostic") {
    failed_ = failed_ || message["diagnostic"]["severity"].as_string() == "error";
  } else if (type == "refresh_start" && step_ != "Refreshing" && phase_ == Phase::kPlanning) {
    step_ = "Refreshing";
    say_workflow(events);
  } else if (type.starts_with("apply_") || type.starts_with("provision_") ||
             type.starts_with("ephemeral_op_")) {
    take_hook(type, message, events);
  }
}

void FromTerraform::take_version(JsonRef message) {
  const std::string_view version = message["ui"].as_string().value_or("1");
  const std::string_view major = version.substr(0, version.find('.'));
  understood_ = major == "0" || major == "1";
  if (message["tofu"].present()) {
    provider_ = "opentofu";
  }
}

void FromTerraform::take_planned_change(JsonRef change, std::string& events) {
  const std::string_view name = change["action"].as_string().value_or("");
  const Action* const action = action_of(name);
  if (action == nullptr || phase_ != Phase::kPlanning || !change["resource"]["addr"].is_string()) {
    return;
  }
  Task& task = tasks_[task_of(change["resource"], name)];
  task.n_operations = action->n_operations;
  set_status(task, kPending, {}, events);
}

void FromTerraform::take_hook(std::string_view type, JsonRef message, std::string& events) {
  const JsonRef hook = message["hook"];
  const std::string address = text_of(hook["resource"]["addr"]);
  const std::string_view name = hook["action"].as_string().value_or("");
  const bool known = by_address_.contains(address);
  // What is read while planning is no part of the plan.
  if (address.empty() || (!known && (phase_ == Phase::kPlanning && name == "read"))) {
    return;
  }
  if (type.starts_with("ephemeral_op_") || (type.starts_with("provision_") && !known)) {
    return;
  }
  const std::size_t index = task_of(hook["resource"], name);
  Task& task = tasks_[index];
  if (phase_ == Phase::kPlanning) {
    phase_ = Phase::kApplying;
    applying_since_ = at_;
  }
  current_ = index;
  step_message_ = text_of(message["@message"]);
  if (step_message_.starts_with(address + ": ")) {
    step_message_.erase(0, address.size() + 2);
  }
  const Action* const action = action_of(name);
  step_ = fmt::format("{} {}",
                      action != nullptr                ? action->doing
                      : type.starts_with("provision_") ? "Provisioning"
                                                       : "Changing",
                      address);
  const std::string before = task.status;
  if (type == "apply_start") {
    task.n_operations = std::max(task.n_operations, task.n_done + 1);
    set_status(task, kRunning, hook, events);
  } else if (type == "apply_complete") {
    ++task.n_done;
    set_status(task, task.n_done >= task.n_operations ? kCompleted : kRunning, hook, events);
  } else if (type == "apply_errored") {
    failed_ = true;
    set_status(task, kFailed, hook, events);
  }
  say_workflow(events);
  if (task.status != before) {
    say_batch(events);
  }
}

void FromTerraform::take_summary(JsonRef message, std::string& events) {
  const std::string_view operation = message["changes"]["operation"].as_string().value_or("");
  const std::string text = text_of(message["@message"]);
  if (operation == "plan") {
    planned_ = true;
    step_ = text;
    step_message_.clear();
    say_workflow(events);
    if (!tasks_.empty()) {
      say_batch(events);
    }
  } else if (operation == "apply" || operation == "destroy") {
    settle_tasks("Skipped", kCompleted, events);
    end(failed_ ? kFailed : kCompleted, text, events);
  }
}

// --- tasks

std::size_t FromTerraform::task_of(JsonRef resource, std::string_view action) {
  const std::string address = text_of(resource["addr"]);
  const auto [found, is_new] = by_address_.try_emplace(address, tasks_.size());
  if (is_new) {
    tasks_.push_back({.address = address,
                      .id = id_of(run_id_, address),
                      .action = std::string(action),
                      .resource_type = text_of(resource["resource_type"]),
                      .status = {}});
  }
  return found->second;
}

void FromTerraform::set_status(Task& task, std::string_view status, JsonRef hook,
                               std::string& events) {
  Json data = Json::object();
  data.set("task_id", task.id).set("name", task.address).set("status", status);
  if (!task.status.empty()) {
    data.set("previous_status", task.status);
  }
  task.status = status;
  data.set("progress", rounded(task.progress()));
  if (const JsonRef elapsed = hook["elapsed_seconds"]; elapsed.is_number()) {
    data.set("elapsed_seconds", Json::copy_of(elapsed));
  }
  Json metadata = Json::object();
  metadata.set("task_id", task.id)
      .set("workflow_id", run_id_)
      .set("workflow_type", provider_)
      .set("infra", name_);
  if (!task.action.empty()) {
    metadata.set("action", task.action);
  }
  if (!task.resource_type.empty()) {
    metadata.set("resource_type", task.resource_type);
  }
  say("TaskStatusChanged", data, metadata, events);
}

// Whatever a run leaves unsaid about its tasks when it ends.
void FromTerraform::settle_tasks(std::string_view pending, std::string_view running,
                                 std::string& events) {
  for (Task& task : tasks_) {
    if (task.status == kPending) {
      set_status(task, pending, {}, events);
    } else if (task.status == kRunning) {
      set_status(task, running, {}, events);
    }
  }
}

void FromTerraform::end(std::string_view status, std::string_view step, std::string& events) {
  phase_ = Phase::kEnded;
  status_ = status;
  step_ = std::string(step);
  step_message_.clear();
  current_.reset();
  say_workflow(events);
  if (!tasks_.empty()) {
    say_batch(events);
  }
}

// --- events

void FromTerraform::say_log(std::string_view level, std::string_view text, JsonRef message,
                            std::string& events) {
  const JsonRef hook = message["hook"];
  const JsonRef diagnostic = message["diagnostic"];
  std::string component = provider_;
  if (const auto provisioner = hook["provisioner"].as_string()) {
    component += "." + std::string(*provisioner);
  }
  Json data = Json::object();
  data.set("level", level).set("message", text).set("component", component);
  Json details = Json::object();
  if (const auto type = message["type"].as_string()) {
    details.set("type", *type);
  }
  std::string address = text_of(diagnostic["address"]);
  for (const JsonRef resource :
       {hook["resource"], message["change"]["resource"], message["resource"]}) {
    address = address.empty() ? text_of(resource["addr"]) : address;
  }
  if (!address.empty()) {
    data.set("task_id", id_of(run_id_, address));
    details.set("address", address);
  }
  if (const auto file = diagnostic["range"]["filename"].as_string()) {
    details.set("file", fmt::format("{}:{}", *file,
                                    diagnostic["range"]["start"]["line"].as_integer().value_or(0)));
  }
  details.set("workflow_id", run_id_);
  data.set("details", details);
  say("LogEntry", data, Json(), events);
}

void FromTerraform::say_workflow(std::string& events) {
  Json data = Json::object();
  data.set("workflow_id", run_id_)
      .set("name", name_)
      .set("status", status_)
      .set("current_step", step_);
  const double done = progress();
  // Without a plan nobody knows how much there is to do.
  if (planned_ || phase_ == Phase::kEnded) {
    data.set("progress", rounded(done));
    data.set("total_steps", std::uint64_t{tasks_.size()});
  }
  data.set("completed_steps", std::uint64_t{n_tasks_with(kCompleted)});
  if (planned_ && phase_ == Phase::kApplying && applying_since_ && at_ && done > 0) {
    const std::chrono::duration<double> elapsed = *at_ - *applying_since_;
    data.set("estimated_time_remaining", std::round(elapsed.count() * (100 - done) / done));
  }
  if (current_) {
    const Task& task = tasks_[*current_];
    data.set("step_details", Json::object()
                                 .set("step_name", task.address)
                                 .set("step_progress", rounded(task.progress()))
                                 .set("step_message", step_message_));
  }
  say("WorkflowProgressUpdate", data,
      Json::object()
          .set("workflow_type", provider_)
          .set("provider", provider_)
          .set("started_at", started_at_),
      events);
}

void FromTerraform::say_batch(std::string& events) {
  Json operations = Json::array();
  for (const Task* task : most_telling_tasks()) {
    operations.append(Json::object()
                          .set("id", task->id)
                          .set("name", task->address)
                          .set("status", task->status)
                          .set("progress", rounded(task->progress())));
  }
  Json data = Json::object();
  data.set("batch_id", run_id_)
      .set("name", name_)
      .set("status", status_)
      .set("operations", operations);
  if (planned_ || phase_ == Phase::kEnded) {
    data.set("progress", rounded(progress()));
  }
  say("BatchOperationUpdate", data,
      Json::object()
          .set("workflow_type", provider_)
          .set("total_operations", std::uint64_t{tasks_.size()})
          .set("completed_operations", std::uint64_t{n_tasks_with(kCompleted)})
          .set("failed_operations", std::uint64_t{n_tasks_with(kFailed)}),
      events);
}

void FromTerraform::say(std::string_view type, const Json& data, const Json& metadata,
                        std::string& events) {
  Json event = Json::object();
  event.set("event_type", type);
  if (at_) {
    event.set("timestamp", format_rfc3339(*at_));
  }
  event.set("data", data);
  Json known = metadata.present() ? metadata.deep_copy() : Json::object();
  known.set("source", "terraform");
  event.set("metadata", known);
  event.ref().dump_to(events);
  events += '\n';
}

// --- the run

void FromTerraform::begin(std::optional<WallTime> at) {
  if (phase_ != Phase::kNotBegun) {
    return;
  }
  phase_ = Phase::kPlanning;
  started_at_ = format_rfc3339(at.value_or(now_));  // 2026-01-02T03:04:05.678901Z
  std::string compact = started_at_.substr(0, 23);
  std::erase_if(compact, [](char c) { return c == '-' || c == ':' || c == '.'; });
  run_id_ = fmt::format("{}-{}Z", name_, compact);
}

double FromTerraform::progress() const noexcept {
  if (phase_ == Phase::kEnded && status_ == kCompleted) {
    return 100;
  }
  double sum = 0;
  for (const Task& task : tasks_) {
    sum += task.progress();
  }
  return tasks_.empty() ? 0 : sum / static_cast<double>(tasks_.size());
}

std::size_t FromTerraform::n_tasks_with(std::string_view status) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      tasks_.begin(), tasks_.end(), [&](const Task& task) { return task.status == status; }));
}

// All, in the order of the plan; of too many those that failed, that run and that wait, then the
// rest.
std::vector<const FromTerraform::Task*> FromTerraform::most_telling_tasks() const {
  std::vector<const Task*> tasks;
  tasks.reserve(tasks_.size());
  for (const Task& task : tasks_) {
    tasks.push_back(&task);
  }
  if (tasks.size() > kMostOperations) {
    const auto rank = [](const Task* task) {
      return task->status == kFailed    ? 0
             : task->status == kRunning ? 1
             : task->status == kPending ? 2
                                        : 3;
    };
    std::stable_sort(tasks.begin(), tasks.end(),
                     [&](const Task* a, const Task* b) { return rank(a) < rank(b); });
    tasks.resize(kMostOperations);
  }
  return tasks;
}

}  // namespace ringside::cli
