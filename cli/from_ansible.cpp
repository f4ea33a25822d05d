// What a module returns is its own affair: standard output of a command, facts, the arguments that
// it was called with. So nothing is handed on but how it went, and, of a failure, why.
#include "cli/from_ansible.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/from_terraform_text.hpp"
#include "cli/run/run_identity.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr std::size_t kLongestName = 200;

bool is_true(JsonRef value) { return value.as_bool().value_or(false); }

bool is_censored(JsonRef result) {
  return result["censored"].present() || is_true(result["_ansible_no_log"]);
}

// Why it failed: the module's message, and what the command printed to standard error.
std::string reason_of(JsonRef result) {
  if (is_censored(result)) {
    return "the output is hidden (no_log)";
  }
  std::string reason = text_of(result["msg"]);
  for (const char* member : {"stderr", "module_stderr", "exception"}) {
    const std::string_view more = trim(result[member].as_string().value_or(""));
    if (!more.empty() && reason.find(more) == std::string::npos) {
      reason += fmt::format("{}{}", reason.empty() ? "" : ": ", more);
      break;
    }
  }
  // Of a loop, those that failed.
  result["results"].for_each_element([&](JsonRef item) {
    if ((is_true(item["failed"]) || is_true(item["unreachable"])) && !is_censored(item)) {
      const std::string text = text_of(item["msg"]);
      reason += text.empty() || reason.size() > FromAnsible::kLongestText ? "" : "\n" + text;
    }
    return true;
  });
  return std::string(cut(reason, FromAnsible::kLongestText));
}

}  // namespace

FromAnsible::FromAnsible(std::string_view name, WallTime now, bool with_diffs)
    : name_(cut(to_valid_utf8(name), kLongestName)), now_(now), with_diffs_(with_diffs) {
  if (name_.empty()) {
    name_ = "ansible";
  }
}

FromAnsible::Said FromAnsible::take(std::string_view line, std::string& events) {
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  if (trim(line).empty()) {
    return {};
  }
  const std::string valid = to_valid_utf8(line);
  const auto parsed = Json::parse(valid, {.max_depth = 64, .allow_duplicates = true});
  const JsonRef message = parsed ? parsed->ref() : JsonRef();
  const auto event = message["_event"].as_string();
  if (!event) {
    // A document that is no event may have anything in it.
    return message.is_object() || message.is_array() ? Said{} : take_text(valid, events);
  }
  at_ = parse_rfc3339(message["_timestamp"].as_string().value_or(""));
  return take_event(*event, message, events);
}

FromAnsible::Said FromAnsible::take_event(std::string_view event, JsonRef message,
                                          std::string& events) {
  constexpr std::string_view kResult = "v2_runner_on_";
  if (event == "v2_playbook_on_stats") {
    return take_stats(message["stats"], events);
  }
  begin(events);
  if (event == "v2_playbook_on_play_start") {
    return take_play(message["play"], events);
  }
  if (event == "v2_playbook_on_task_start" || event == "v2_playbook_on_handler_task_start") {
    return take_task(message["task"], false, events);
  }
  if (event == "v2_runner_on_start") {
    return take_task(message["task"], true, events);
  }
  return event.starts_with(kResult) ? take_result(event.substr(kResult.size()), message, events)
                                    : Said{};
}

FromAnsible::Said FromAnsible::take_play(JsonRef play, std::string& events) {
  settle_all(events);
  play_ = cut(text_of(play["name"]), kLongestName);
  step_ = "PLAY " + play_;
  say_log("INFO", fmt::format("PLAY [{}]", play_), nullptr, {}, Json(), events);
  say_workflow(events);
  return {.text = fmt::format("PLAY [{}]", play_)};
}

FromAnsible::Said FromAnsible::take_task(JsonRef json, bool by_host, std::string& events) {
  if (!by_host) {
    settle_all(events);
  }
  Task& task = task_of(json);
  task.by_host = by_host;
  task.n_open += by_host ? 1U : 0U;
  if (task.status == kRunning) {
    return {};
  }
  const std::string before = task.status;
  task.status = kRunning;
  say_task(task, before, events);
  step_ = task.name;
  say_workflow(events);
  return {.text = fmt::format("TASK [{}]", task.name)};
}

FromAnsible::Said FromAnsible::take_result(std::string_view outcome, JsonRef message,
                                           std::string& events) {
  Said said;
  message["hosts"].for_each_member([&](std::string_view name, JsonRef result) {
    Task& task = task_of(message["task"]);
    Host& host = hosts_[std::string(cut(name, kLongestName))];
    ++host.n_done;
    task.n_open -= std::min<std::size_t>(task.n_open, 1);
    const bool is_ignored = outcome == "failed" && is_true(message["ignore_errors"]);
    std::string_view word = outcome;
    std::string_view level = "INFO";
    said.tone = Said::Tone::kPlain;
    if (outcome == "unreachable" || outcome == "failed") {
      ++(outcome == "failed" ? task.counts.n_failed : task.counts.n_unreachable);
      level = is_ignored ? "WARN" : "ERROR";
      said.tone = is_ignored ? Said::Tone::kWarning : Said::Tone::kError;
      host.has_failed = host.has_failed || !is_ignored;
    } else if (outcome == "skipped") {
      ++task.counts.n_skipped;
      level = "DEBUG";
    } else if (is_true(result["changed"])) {
      ++task.counts.n_changed;
      word = "changed";
      said.tone = Said::Tone::kWarning;
    } else {
      ++task.counts.n_ok;
      said.tone = Said::Tone::kGood;
    }
    const std::string reason = level == "ERROR" || level == "WARN" ? reason_of(result) : "";
    host.message = fmt::format("{}: {}", task.name, word);
    host.status = outcome == "unreachable" ? "Unreachable" : host.has_failed ? "Failed" : "Running";
    said.text =
        fmt::format("{}{}: [{}]{}{}{}", said.text.empty() ? "" : said.text + "\n", word, name,
                    is_ignored ? " (ignored)" : "", reason.empty() ? "" : ": ", reason);
    Json details = Json::object();
    details.set("host", name).set("outcome", word);
    if (const auto rc = result["rc"].as_integer(); rc && !is_censored(result)) {
      details.set("rc", *rc);
    }
    if (with_diffs_ && result["diff"].present() && !is_censored(result)) {
      details.set("diff", cut(result["diff"].dump(), 4 * kLongestText));
    }
    say_log(
        level,
        fmt::format("{} | {}: {}{}{}", task.name, name, word, reason.empty() ? "" : ": ", reason),
        &task, name, details, events);
    if (task.by_host && task.n_open == 0) {
      settle(task, events);
    }
    return true;
  });
  say_hosts(events);
  return said;
}

FromAnsible::Said FromAnsible::take_stats(JsonRef stats, std::string& events) {
  begin(events);
  settle_all(events);
  Said said{.tone = Said::Tone::kGood, .text = "PLAY RECAP"};
  stats.for_each_member([&](std::string_view name, JsonRef counts) {
    Host& host = hosts_[std::string(cut(name, kLongestName))];
    const auto n = [&](const char* member) { return counts[member].as_integer().value_or(0); };
    const bool is_lost = n("unreachable") > 0;
    host.has_failed = is_lost || n("failures") > 0;
    host.status = is_lost ? "Unreachable" : host.has_failed ? "Failed" : "Completed";
    host.message = fmt::format("ok={} changed={} unreachable={} failed={} skipped={}", n("ok"),
                               n("changed"), n("unreachable"), n("failures"), n("skipped"));
    said.text += fmt::format("\n{}: {}", name, host.message);
    failed_ = failed_ || host.has_failed;
    return true;
  });
  said.tone = failed_ ? Said::Tone::kError : said.tone;
  say_log(failed_ ? "ERROR" : "INFO", said.text, nullptr, {}, Json(), events);
  end(failed_ ? kFailed : kCompleted, failed_ ? "Failed" : "Done", events);
  return said;
}

FromAnsible::Said FromAnsible::take_text(std::string_view text, std::string& events) {
  at_.reset();
  begin(events);
  const bool is_error = text.starts_with("ERROR!") || text.starts_with("fatal:");
  const bool is_warning = text.starts_with("[WARNING]");
  say_log(is_error ? "ERROR" : is_warning ? "WARN" : "INFO", text, nullptr, {}, Json(), events);
  return {.tone = is_error     ? Said::Tone::kError
                  : is_warning ? Said::Tone::kWarning
                               : Said::Tone::kPlain,
          .text = std::string(text)};
}

void FromAnsible::finish(std::string& events) {
  at_.reset();
  if (!begun_ || ended_) {
    return;
  }
  settle_all(events);
  failed_ = true;
  end(kFailed, "The output ended before the run did", events);
}

// --- tasks

FromAnsible::Task& FromAnsible::task_of(JsonRef json) {
  const std::string key = text_of(json["id"]);
  const auto found =
      std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& task) { return task.key == key; });
  if (found != tasks_.end()) {
    return *found;
  }
  const std::string name(cut(text_of(json["name"]), kLongestName));
  tasks_.push_back({.key = key, .id = id_of(run_id_, key), .name = name.empty() ? "task" : name});
  return tasks_.back();
}

void FromAnsible::settle(Task& task, std::string& events) {
  if (task.status != kRunning) {
    return;
  }
  const Counts& n = task.counts;
  const bool has_failed = n.n_failed + n.n_unreachable > 0;
  task.status = has_failed                 ? kFailed
                : n.n_ok + n.n_changed > 0 ? kCompleted
                : n.n_skipped > 0          ? std::string_view("Skipped")
                                           : kCompleted;
  ++n_done_;
  say_task(task, kRunning, events);
}

void FromAnsible::settle_all(std::string& events) {
  for (Task& task : tasks_) {
    settle(task, events);
  }
  tasks_.clear();
}

void FromAnsible::begin(std::string& events) {
  if (ended_) {  // another playbook in the same pipe
    const bool failed_before = failed_;
    *this = FromAnsible(name_, at_.value_or(system_clock().wall_now()), with_diffs_);
    failed_ = failed_before;
  }
  if (begun_) {
    return;
  }
  begun_ = true;
  const WallTime at = at_.value_or(now_);
  started_at_ = format_rfc3339(at);
  run_id_ = fmt::format("{}-{}", name_, compact_time(at));
  say_workflow(events);
}

void FromAnsible::end(std::string_view status, std::string_view step, std::string& events) {
  ended_ = true;
  status_ = status;
  step_ = step;
  for (auto& [name, host] : hosts_) {
    host.status = host.status == kRunning ? std::string(status) : host.status;
  }
  say_workflow(events);
  say_hosts(events);
}

// --- events

void FromAnsible::say_task(const Task& task, std::string_view before, std::string& events) {
  Json data = Json::object();
  data.set("task_id", task.id).set("name", task.name).set("status", task.status);
  if (!before.empty()) {
    data.set("previous_status", before);
  }
  if (task.status != kRunning) {
    data.set("hosts", Json::object()
                          .set("ok", task.counts.n_ok)
                          .set("changed", task.counts.n_changed)
                          .set("failed", task.counts.n_failed)
                          .set("unreachable", task.counts.n_unreachable)
                          .set("skipped", task.counts.n_skipped));
  }
  say("TaskStatusChanged", data,
      Json::object()
          .set("task_id", task.id)
          .set("workflow_id", run_id_)
          .set("workflow_type", "ansible")
          .set("infra", play_.empty() ? name_ : play_),
      events);
}

void FromAnsible::say_log(std::string_view level, std::string_view text, const Task* task,
                          std::string_view host, const Json& details, std::string& events) {
  Json data = Json::object();
  data.set("level", level).set("message", cut(text, 4 * kLongestText));
  data.set("component", host.empty() ? "ansible" : fmt::format("ansible.{}", host));
  if (task != nullptr) {
    data.set("task_id", task->id);
  }
  if (details.present()) {
    data.set("details", details);
  }
  say("LogEntry", data, Json::object().set("workflow_id", run_id_), events);
}

void FromAnsible::say_workflow(std::string& events) {
  Json data = Json::object();
  data.set("workflow_id", run_id_).set("name", name_).set("status", status_);
  data.set("current_step", step_).set("completed_steps", n_done_);
  if (ended_) {
    data.set("total_steps", n_done_);
    if (!failed_) {
      data.set("progress", 100);
    }
  }
  say("WorkflowProgressUpdate", data,
      Json::object()
          .set("workflow_type", "ansible")
          .set("provider", "ansible")
          .set("started_at", started_at_),
      events);
}

// Those that failed first, where there are too many.
void FromAnsible::say_hosts(std::string& events) {
  if (hosts_.empty()) {
    return;
  }
  Json operations = Json::array();
  std::size_t n = 0;
  std::uint64_t n_failed = 0;
  for (const bool failures : {true, false}) {
    for (const auto& [name, host] : hosts_) {
      n_failed += failures && host.has_failed ? 1U : 0U;
      if (host.has_failed == failures && n < kMostHosts) {
        ++n;
        operations.append(Json::object()
                              .set("id", name)
                              .set("name", name)
                              .set("status", host.status)
                              .set("message", host.message));
      }
    }
  }
  say("BatchOperationUpdate",
      Json::object()
          .set("batch_id", run_id_)
          .set("name", name_)
          .set("status", status_)
          .set("operations", operations),
      Json::object()
          .set("workflow_type", "ansible")
          .set("workflow_id", run_id_)
          .set("total_operations", std::uint64_t{hosts_.size()})
          .set("failed_operations", n_failed),
      events);
}

void FromAnsible::say(std::string_view type, const Json& data, const Json& metadata,
                      std::string& events) {
  Json event = Json::object();
  event.set("event_type", type);
  if (at_) {
    event.set("timestamp", format_rfc3339(*at_));
  }
  Json about = metadata.deep_copy();
  about.set("source", "ansible");
  event.set("data", data).set("metadata", about);
  event.ref().dump_to(events);
  events += '\n';
}

}  // namespace ringside::cli
