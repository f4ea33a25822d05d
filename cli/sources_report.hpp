#pragma once
// The status of the worker's built-in sources, from `sources.json` in the run directory;
// docs/sources.md.

#include <string>

#include "core/base/json.hpp"

namespace ringside::cli {

// The file's `sources` array: empty when there is no such file, it is none, or it is of another
// worker than `worker_pid` (one that was killed leaves its own behind).
[[nodiscard]] Json read_sources(const std::string& run_dir, std::int64_t worker_pid);

// One line for a source: "listening on /run/ringside/syslog.sock; 12 events, 0 refused, 1 errors,
// the last: ...".
[[nodiscard]] std::string describe_source(JsonRef source);

}  // namespace ringside::cli
