#pragma once
// Rules: everything that a configuration says about events and their senders, made and checked
// before any of it takes effect. The start, `--check` and a reload go the same way. Threads: one.

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redactor.hpp"
#include "core/schema/schema_set.hpp"
#include "worker/net/peer.hpp"
#include "worker/pipeline.hpp"

namespace ringside {

struct Rules {
  std::unique_ptr<SchemaSet> schemas;
  std::unique_ptr<Redactor> redactor;
  PeerRules peers;
  PipelineLimits limits;
};

[[nodiscard]] Result<Rules> make_rules(const WorkerOptions& options);

// The options of the file, with `run_dir` in place of its own when that is not empty. Each error is
// a line for a person: "ringside.toml:12: ring.size: must be ...".
struct LoadedOptions {
  WorkerOptions options;
  std::vector<std::string> errors;
};
[[nodiscard]] LoadedOptions load_options(const std::string& config_path,
                                         const std::string& run_dir);

// The names of options that differ between the two and that only a restart can change.
[[nodiscard]] std::vector<std::string> need_restart(const WorkerOptions& running,
                                                    const WorkerOptions& wanted);
// Whether the two ask for the same built-in sources.
[[nodiscard]] bool same_sources(const WorkerOptions& a, const WorkerOptions& b);

}  // namespace ringside
