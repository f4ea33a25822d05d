#pragma once
// FromAnsible: what ansible-playbook says with a callback that prints lines of JSON
// (ansible.posix.jsonl, or packaging/ansible/), a line at a time, as events: each task is a task, the
// run is a workflow, its hosts are a batch, and each result is a log entry.
//   Threads: one. Ordering: events come in the order of the lines; one line may give several.
//   Trust: of a result only known members are read; arguments of modules are not, and nothing of a
//   result with no_log is.
//   Cost: a line is parsed once; a batch update lists at most kMostHosts hosts.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"

namespace ringside::cli {

class FromAnsible {
 public:
  static constexpr std::size_t kMostHosts = 50;
  static constexpr std::size_t kLongestText = 4096;  // of a message

  // `name`: the run's. `now`: when it began, for a run that never says so. `with_diffs`: what changed
  // in files is sent; it may be secret.
  FromAnsible(std::string_view name, WallTime now, bool with_diffs);

  struct Said {
    enum class Tone { kPlain, kGood, kWarning, kError } tone = Tone::kPlain;
    std::string text{};
  };
  // Appends the events that `line` gives, each a line of JSON. Returns what a person wants to read.
  Said take(std::string_view line, std::string& events);
  // The output has ended.
  void finish(std::string& events);
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  struct Counts {
    std::uint64_t n_ok = 0;
    std::uint64_t n_changed = 0;
    std::uint64_t n_failed = 0;
    std::uint64_t n_unreachable = 0;
    std::uint64_t n_skipped = 0;
  };
  struct Task {
    std::string key;  // ansible's
    std::string id;
    std::string name;
    std::string status{};
    Counts counts{};
    std::size_t n_open = 0;  // hosts at work, where ansible says so
    bool by_host = false;    // a strategy in which hosts do not wait for one another
  };
  struct Host {
    std::string status = "Running";
    std::string message{};
    std::uint64_t n_done = 0;
    bool has_failed = false;
  };

  [[nodiscard]] Said take_event(std::string_view event, JsonRef message, std::string& events);
  [[nodiscard]] Said take_play(JsonRef play, std::string& events);
  [[nodiscard]] Said take_task(JsonRef task, bool by_host, std::string& events);
  [[nodiscard]] Said take_result(std::string_view outcome, JsonRef message, std::string& events);
  [[nodiscard]] Said take_stats(JsonRef stats, std::string& events);
  [[nodiscard]] Said take_text(std::string_view text, std::string& events);

  [[nodiscard]] Task& task_of(JsonRef task);
  void settle(Task& task, std::string& events);
  void settle_all(std::string& events);
  void begin(std::string& events);
  void end(std::string_view status, std::string_view step, std::string& events);

  void say_task(const Task& task, std::string_view before, std::string& events);
  void say_log(std::string_view level, std::string_view text, const Task* task,
               std::string_view host, const Json& details, std::string& events);
  void say_workflow(std::string& events);
  void say_hosts(std::string& events);
  void say(std::string_view type, const Json& data, const Json& metadata, std::string& events);

  std::string name_;
  WallTime now_;
  bool with_diffs_;
  std::string run_id_;
  std::string started_at_;
  std::string status_ = "Running";
  std::string step_ = "Starting";
  std::string play_;
  std::optional<WallTime> at_;  // of the line that is being taken
  bool begun_ = false;
  bool ended_ = false;
  bool failed_ = false;
  std::uint64_t n_done_ = 0;  // tasks
  std::vector<Task> tasks_;   // that are not done; the last is the latest
  std::map<std::string, Host> hosts_;
};

}  // namespace ringside::cli
