// Turns a run into events about its tasks, its workflow and its batch.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/from_terraform.hpp"
#include "cli/from_terraform_text.hpp"

namespace ringside::cli {

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
  if (n_runs_ > 1) {
    run_id_ += fmt::format("-{}", n_runs_);
  }
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
