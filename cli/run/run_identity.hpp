#pragma once
// RunIdentity: which task a run is, and of which workflow. The environment carries it to the
// commands that run inside.
//   Threads: none of its own.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time.hpp"

namespace ringside::cli {

inline constexpr const char* kTaskIdVariable = "RINGSIDE_TASK_ID";
inline constexpr const char* kWorkflowIdVariable = "RINGSIDE_WORKFLOW_ID";
inline constexpr const char* kWorkflowVariable = "RINGSIDE_WORKFLOW";
inline constexpr const char* kRunDirVariable = "RINGSIDE_RUN_DIR";
inline constexpr const char* kRunSocketVariable = "RINGSIDE_RUN_SOCKET";
inline constexpr const char* kRunOutputVariable = "RINGSIDE_RUN_OUTPUT";

// What the environment of this process says; empty strings where it says nothing.
struct RunEnvironment {
  std::string task_id;
  std::string workflow_id;
  std::string workflow;  // its name
  std::string run_socket;
  std::string run_output;  // the files that the run around reads: of name_of_file()

  [[nodiscard]] static RunEnvironment of_process();
};

struct RunIdentity {
  std::string name;
  std::string task_id;
  std::string parent_task_id;  // empty: there is none
  std::string workflow_id;
  std::string workflow;         // its name
  bool begins_workflow = true;  // it says how the workflow gets on

  // `name` and `workflow` as given, or empty; `command` the program's path.
  [[nodiscard]] static RunIdentity make(const std::string& name, const std::string& workflow,
                                        const std::string& command, const RunEnvironment& outside,
                                        WallTime now, int pid);

  // NAME and value of what commands inside are given.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const;
};

// "12:34 ": device and inode of a descriptor; empty: it has none.
[[nodiscard]] std::string name_of_file(int fd);

// "20261126T161800123Z"
[[nodiscard]] std::string compact_time(WallTime t);

}  // namespace ringside::cli
