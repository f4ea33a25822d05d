// The outermost run is a workflow of its own, so that a script becomes one without an option. A
// name that is given is the id, too: so the steps of a CI job, each a run, are parts of one workflow.
// Arguments of the command are no part of any name: they may be secrets.
#include "cli/run/run_identity.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>

#include "cli/from_terraform_text.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr std::size_t kLongestName = 200;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string usable(const std::string& text, std::size_t most) {
  return std::string(cut(to_valid_utf8(text), most));
}

}  // namespace

RunEnvironment RunEnvironment::of_process() {
  return {.task_id = usable(variable(kTaskIdVariable), kLongestId),
          .workflow_id = usable(variable(kWorkflowIdVariable), kLongestId),
          .workflow = usable(variable(kWorkflowVariable), kLongestName),
          .run_socket = variable(kRunSocketVariable),
          .run_output = variable(kRunOutputVariable)};
}

std::string name_of_file(int fd) {
  struct stat of {};
  return ::fstat(fd, &of) == 0 ? fmt::format("{}:{} ", of.st_dev, of.st_ino) : std::string();
}

std::string compact_time(WallTime t) {
  std::string text = format_rfc3339(t).substr(0, 23);  // 2026-11-26T16:18:00.123
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return text + "Z";
}

RunIdentity RunIdentity::make(const std::string& name, const std::string& workflow,
                              const std::string& command, const RunEnvironment& outside,
                              WallTime now, int pid) {
  RunIdentity run;
  run.name = usable(name.empty() ? command.substr(command.rfind('/') + 1) : name, kLongestName);
  run.name = run.name.empty() ? "run" : run.name;
  const std::string at = compact_time(now);
  run.task_id = fmt::format("{}-{}-{}", run.name, at, pid);
  run.parent_task_id = outside.task_id;
  if (!workflow.empty()) {
    run.workflow_id = run.workflow = usable(workflow, kLongestName);
    run.begins_workflow = run.workflow_id != outside.workflow_id;
  } else if (!outside.workflow_id.empty()) {
    run.workflow_id = outside.workflow_id;
    run.workflow = outside.workflow.empty() ? outside.workflow_id : outside.workflow;
    // Where only the id was set, by a CI system say, there is no run around this one.
    run.begins_workflow = outside.task_id.empty();
  } else {
    run.workflow_id = fmt::format("{}-{}", run.name, at);
    run.workflow = run.name;
  }
  return run;
}

std::vector<std::pair<std::string, std::string>> RunIdentity::environment() const {
  return {{kTaskIdVariable, task_id},
          {kWorkflowIdVariable, workflow_id},
          {kWorkflowVariable, workflow}};
}

}  // namespace ringside::cli
