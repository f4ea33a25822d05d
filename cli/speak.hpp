#pragma once
// The events of `ringside step`, `log` and `metric`: a line each, with a newline.
//   Threads: pure functions.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/run/run_identity.hpp"
#include "core/base/result.hpp"

namespace ringside::cli {

struct Spoken {
  std::string text{};
  std::string level = "INFO";
  std::string component{};  // empty: that of the run around
  std::string name{};
  std::string unit{};
  std::vector<std::pair<std::string, std::string>> labels{};
};

struct Step {
  std::int64_t number = 0;  // from 1
  std::int64_t total = 0;
};

// "3/8". Errors: anything else, a number beyond the total.
[[nodiscard]] Result<Step> parse_step(const std::string& text);
// Errors: not a finite number.
[[nodiscard]] Result<double> parse_metric_value(const std::string& text);

// The progress of the workflow that `outside` names, and a log entry. Without a workflow, the log
// entry alone.
[[nodiscard]] std::string step_events(const Spoken& spoken, const Step& step,
                                      const RunEnvironment& outside);
[[nodiscard]] std::string log_event(const Spoken& spoken, const RunEnvironment& outside);
[[nodiscard]] std::string metric_event(const Spoken& spoken, double value,
                                       const RunEnvironment& outside);

}  // namespace ringside::cli
