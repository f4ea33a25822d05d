#pragma once
// FromTerraform: what `terraform apply -json` says, a line at a time, as events: each resource is a
// task, the run is a workflow and, with all its resources, a batch; each of its messages is a log
// entry too. OpenTofu prints the same.
//   Threads: one. Ordering: events come in the order of the lines; one line may give several.
//   Source: the "Machine-readable UI" page of terraform's documentation, versions 0 and 1.
//   Cost: a line is parsed once; a batch update lists at most kMostOperations resources.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"

namespace ringside::cli {

class FromTerraform {
 public:
  static constexpr std::size_t kMostOperations = 50;
  static constexpr std::size_t kMostModules = 64;             // runs that mix, by their prefix
  static constexpr std::size_t kLongestDocument = 4U << 20U;  // of JSON over several lines

  // `name`: the run's, as people see it. `now` is when it began, for a run that never says so.
  FromTerraform(std::string_view name, WallTime now);

  // The text of a message for a terminal, in one line or several; not escaped.
  struct Said {
    enum class Tone { kPlain, kGood, kWarning, kError } tone = Tone::kPlain;
    std::string text;
  };
  // Appends the events that `line` (without its newline) gives, each a line of JSON. Text that is no
  // message of terraform's becomes a log entry as it is: errors of the command line come so. Values of
  // outputs, in whatever form, are neither sent nor shown.
  Said take(std::string_view line, std::string& events);

  // The output has ended: appends what is to be said of a run that did not say so itself.
  void finish(std::string& events);

  // Whether it failed, as far as is known: with finish() that is final.
  [[nodiscard]] bool failed() const noexcept;

 private:
  enum class Phase { kNotBegun, kPlanning, kApplying, kEnded };
  // Lines of text that are not shown: the values of outputs.
  enum class Hides { kNothing, kToBlank, kToEnd };
  struct Task {
    std::string address;
    std::string id;
    std::string action;
    std::string resource_type;
    std::string status;
    int n_operations = 1;  // a replacement is two: one is destroyed, one is created
    int n_done = 0;
    [[nodiscard]] double progress() const noexcept;
  };

  [[nodiscard]] Said take_prefixed(std::string_view prefix, std::string_view line,
                                   std::string& events);
  [[nodiscard]] std::string with_lines_before(std::string_view line);
  [[nodiscard]] Said take_text(std::string_view text, JsonRef json, std::string& events);
  [[nodiscard]] Said take_validation(JsonRef result, std::string& events);
  [[nodiscard]] Said take_message(JsonRef message, std::string& events);
  void take_type(std::string_view type, JsonRef message, std::string& events);
  void take_test(std::string_view type, JsonRef message, std::string& events);
  void finish_run(std::string& events);
  void start_anew();
  void take_version(JsonRef message);
  void take_planned_change(JsonRef change, std::string& events);
  void take_hook(std::string_view type, JsonRef message, std::string& events);
  void take_summary(JsonRef message, std::string& events);

  std::size_t task_of(JsonRef resource, std::string_view action);
  void set_status(Task& task, std::string_view status, JsonRef hook, std::string& events);
  void settle_tasks(std::string_view pending, std::string_view running, std::string& events);
  void end(std::string_view status, std::string_view step, std::string& events);

  void say_log(std::string_view level, std::string_view text, JsonRef message, std::string& events);
  void say_workflow(std::string& events);
  void say_batch(std::string& events);
  void say(std::string_view type, const Json& data, const Json& metadata, std::string& events);

  void begin(std::optional<WallTime> at);
  [[nodiscard]] double progress() const noexcept;
  [[nodiscard]] std::size_t n_tasks_with(std::string_view status) const noexcept;
  [[nodiscard]] std::vector<const Task*> most_telling_tasks() const;

  std::string name_;
  WallTime now_;
  std::string run_id_;
  std::string started_at_;
  std::string provider_ = "terraform";
  Phase phase_ = Phase::kNotBegun;
  bool understood_ = true;  // its version is one that is read here
  bool planned_ = false;    // the number of resources is known
  bool failed_ = false;
  bool failed_before_ = false;  // an earlier run of this pipe
  bool saw_version_ = false;
  bool ends_by_itself_ = false;  // terraform init has no summary
  bool has_failed_test_ = false;
  Hides hides_ = Hides::kNothing;
  int n_runs_ = 1;
  std::uint64_t n_unknown_ = 0;     // messages of an unknown type
  std::uint64_t n_unreadable_ = 0;  // lines of JSON that are no messages
  std::string document_;            // of JSON, begun on an earlier line
  std::map<std::string, std::unique_ptr<FromTerraform>> modules_;
  std::string status_ = "Running";
  std::string step_ = "Starting";
  std::string step_message_;
  std::optional<std::size_t> current_;  // the task that step_ is about
  std::optional<WallTime> at_;          // of the line that is being taken
  std::optional<WallTime> applying_since_;
  std::vector<Task> tasks_;  // in the order of the plan
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace ringside::cli
