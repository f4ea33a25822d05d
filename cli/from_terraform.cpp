// A run has no id of its own, so it gets one of its name and the time of its first line: the same
// output read twice is the same run. Nothing that terraform calls a value is handed on (outputs,
// attributes): it may be sensitive, and what a person reads in the terminal is enough.
#include "cli/from_terraform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/from_terraform_text.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr std::size_t kLongestName = 200;
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

std::string level_of(JsonRef message) {
  std::string level = text_of(message["@level"]);
  std::transform(level.begin(), level.end(), level.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return level.empty() || level.size() > 16 ? "INFO" : level;
}

// Of machine-readable output up to version 1.2, and of OpenTofu.
bool is_known_type(std::string_view type) noexcept {
  constexpr std::array<std::string_view, 8> kTypes{
      "version",        "log",     "diagnostic",     "planned_change",
      "change_summary", "outputs", "resource_drift", "init_output"};
  constexpr std::array<std::string_view, 6> kFamilies{"apply_",        "provision_", "refresh_",
                                                      "ephemeral_op_", "test_",      "list_"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end() ||
         std::any_of(kFamilies.begin(), kFamilies.end(),
                     [&](std::string_view family) { return type.starts_with(family); });
}

// Resources whose id is the secret, or has it in it: random_string, aws_iam_access_key, ...
bool has_secret_id(std::string_view type) noexcept {
  constexpr std::array<std::string_view, 8> kWords{"random_bytes", "random_string", "password",
                                                   "secret",       "token",         "key",
                                                   "credential",   "certificate"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return type.find(word) != std::string_view::npos;
  });
}

// A message without the id that it ends in, where that may be a secret.
std::string without_id(std::string text, JsonRef message) {
  std::string_view type = message["hook"]["resource"]["resource_type"].as_string().value_or("");
  if (!has_secret_id(type)) {
    return text;
  }
  const std::string id = text_of(message["hook"]["id_value"]);
  for (auto at = id.empty() ? std::string::npos : text.find(id); at != std::string::npos;
       at = text.find(id, at)) {
    text.replace(at, id.size(), "...");
    at += 3;
  }
  if (const auto begin = text.find("[id="); begin != std::string::npos) {
    text = text.substr(0, begin) + "[id=...]";
  }
  return text;
}

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

FromTerraform::Said FromTerraform::take_message(JsonRef message, std::string& events) {
  at_ = parse_rfc3339(message["@timestamp"].as_string().value_or(""));
  const std::string_view type = message["type"].as_string().value_or("");
  if (type == "version" && saw_version_) {  // terraform plan && terraform apply, in one pipe
    finish_run(events);
    start_anew();
  }
  begin(at_);
  hides_ = Hides::kNothing;
  Said said{.text = without_id(text_of(message["@message"]), message)};
  if (type == "version" && understood_) {
    saw_version_ = true;
    take_version(message);
    if (!understood_) {
      said.tone = Said::Tone::kWarning;
      said.text += fmt::format(
          ": its output has version {}, which is not supported (0 and 1 are): only its messages "
          "are shown",
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
    n_unknown_ += type.empty() || is_known_type(type) ? 0U : 1U;
    take_type(type, message, events);
  }
  return said;
}

void FromTerraform::finish(std::string& events) {
  if (!document_.empty()) {
    (void)take_text(std::exchange(document_, {}), {}, events);
  }
  finish_run(events);
  for (auto& [module, run] : modules_) {
    run->finish(events);
  }
}

void FromTerraform::finish_run(std::string& events) {
  at_.reset();
  if (phase_ != Phase::kNotBegun && n_unknown_ + n_unreadable_ != 0) {
    say_log("NOTICE",
            fmt::format("{} messages of an unknown kind were shown as text, {} lines "
                        "of JSON were not shown",
                        std::exchange(n_unknown_, 0), std::exchange(n_unreadable_, 0)),
            {}, events);
  }
  if (phase_ == Phase::kNotBegun || phase_ == Phase::kEnded || !understood_) {
    return;
  }
  if (failed_) {
    settle_tasks("Skipped", "Interrupted", events);
    end(kFailed, step_, events);
  } else if (planned_ && phase_ == Phase::kPlanning) {  // terraform plan
    settle_tasks("Planned", "Interrupted", events);
    end(kCompleted, step_, events);
  } else if (ends_by_itself_ || !saw_version_) {  // terraform init; text and nothing else
    end(kCompleted, step_, events);
  } else {
    failed_ = true;
    settle_tasks("Skipped", "Interrupted", events);
    end(kFailed, "The output ended before the run did", events);
  }
}

void FromTerraform::start_anew() {
  failed_before_ = failed_before_ || failed_;
  FromTerraform next(name_, now_);
  next.failed_before_ = failed_before_;
  next.n_runs_ = n_runs_ + 1;
  next.modules_ = std::move(modules_);
  *this = std::move(next);
}

bool FromTerraform::failed() const noexcept {
  return failed_ || failed_before_ ||
         std::any_of(modules_.begin(), modules_.end(),
                     [](const auto& module) { return module.second->failed(); });
}

// --- messages

void FromTerraform::take_type(std::string_view type, JsonRef message, std::string& events) {
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
  } else if (type.starts_with("test_")) {
    take_test(type, message, events);
  } else if (type == "init_output") {
    ends_by_itself_ = true;
    step_ = "Initializing";
  } else if (type.starts_with("list_")) {  // terraform query
    ends_by_itself_ = true;
    step_ = "Searching";
  }
}

// terraform test: its summary says how the run went.
void FromTerraform::take_test(std::string_view type, JsonRef message, std::string& events) {
  step_ = "Testing";
  const auto fails = [](JsonRef status) {
    return status.as_string() == "fail" || status.as_string() == "error";
  };
  if (type == "test_run") {
    has_failed_test_ = has_failed_test_ || fails(message["test_run"]["status"]);
  } else if (type == "test_summary") {
    failed_ = failed_ || has_failed_test_ || fails(message["test_summary"]["status"]);
    end(failed_ ? kFailed : kCompleted, text_of(message["@message"]), events);
    return;
  }
  say_workflow(events);
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
  // Reads during the plan are not a part of it.
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
  step_message_ = without_id(text_of(message["@message"]), message);
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

}  // namespace ringside::cli
