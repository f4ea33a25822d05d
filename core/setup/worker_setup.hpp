#pragma once
// WorkerSetup: all that a configuration says about events and their senders, made and checked before
// any of it takes effect. The worker's start, `ringsided --check`, a reload and `ringside check` use
// the same functions, so they refuse the same configurations.
//
// Threads: one. Cost: reads the schemas and looks up users and groups; for start and reload only.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/config/option.hpp"
#include "core/config/worker_options.hpp"
#include "core/policy/peer_rules.hpp"
#include "core/redact/redactor.hpp"
#include "core/schema/schema_set.hpp"

namespace ringside {

struct EventLimits {
  std::size_t max_event_bytes = 256U << 10U;
  unsigned max_depth = 32;
};

struct WorkerSetup {
  std::unique_ptr<SchemaSet> schemas;
  std::unique_ptr<Redactor> redactor;
  PeerRules peers;
  EventLimits limits;
};

// `setup` is complete only if there are no errors. An error's `name` is the option that caused it;
// its message is complete without the name.
struct WorkerSetupResult {
  WorkerSetup setup;
  std::vector<OptionError> errors;
};
[[nodiscard]] WorkerSetupResult make_worker_setup(const WorkerOptions& options);

// The messages of `errors`, one line each.
[[nodiscard]] std::string join_messages(const std::vector<OptionError>& errors);

// The options of the file, with `run_dir` in place of its own unless that is empty, and with a
// state_dir. An error's message does not include the name or the line.
//   sources: the tables of the built-in sources, see load_worker_options().
[[nodiscard]] WorkerOptionsResult load_worker_setup(const std::string& config_path,
                                                    const std::string& run_dir,
                                                    std::span<const OptionSpec> sources);

// "ringside.toml:12: ring.size must be ...": one error of load_worker_setup() as a line for people.
[[nodiscard]] std::string format_option_error(const std::string& config_path,
                                              const OptionError& error);

// The names of options that differ between the two and that only a restart can change.
[[nodiscard]] std::vector<std::string> need_restart(const WorkerOptions& running,
                                                    const WorkerOptions& wanted);

}  // namespace ringside
