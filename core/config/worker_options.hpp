#pragma once
// The worker's options: ringside.toml.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/config/binding.hpp"
#include "core/config/cluster_options.hpp"
#include "core/config/option.hpp"
#include "core/config/redact_options.hpp"

namespace ringside {

// Defaults come from the table in worker_options.cpp.
struct WorkerOptions : RedactOptions, ClusterOptions {
  WorkerOptions();

  std::string run_dir;
  std::string state_dir;  // empty: load_worker_setup() chooses
  std::string log_level;
  std::string log_format;
  std::string schema_dir;  // event schemas (conf/schemas/events)
  // [ring]
  std::size_t ring_bytes = 0;  // ring.size
  // [history]
  bool history_enabled = false;
  std::string history_dir;  // empty: load_worker_setup() chooses
  std::uint64_t history_bytes = 0;
  std::chrono::milliseconds history_age{0};
  std::string history_sync;  // "batch", or a time
  // [events]
  std::size_t max_line_bytes = 0;  // events.max_line
  unsigned max_producers = 0;
  unsigned max_producers_per_uid = 0;
  std::string socket_mode;                // octal
  std::vector<std::string> allow_users;   // names or uids; empty: by file mode alone
  std::vector<std::string> allow_groups;  // names or gids
  unsigned max_depth = 0;
  // [http]
  bool http_enabled = false;
  unsigned http_max_requests = 0;
  std::size_t http_max_otlp = 0;
  std::size_t http_key_memory = 0;
  // [jwks]
  std::string jwks_uri;   // empty: no keys are fetched
  std::string jwks_file;  // empty: jwks.json in the run directory
  std::chrono::milliseconds jwks_interval{0};
  std::string jwks_ca_file;  // empty: the system's
  // [revocations]
  std::chrono::milliseconds revocations_keep{0};  // 0: without an end
  // [sources.*]: every option of the tables that were passed to the loader, by full name. The
  // sources make their own structs of it with options_from().
  OptionValues source_values;
};

[[nodiscard]] std::span<const OptionSpec> worker_option_specs() noexcept;

struct WorkerOptionsResult {
  WorkerOptions options;
  std::vector<OptionError> errors;  // with lines
};
// Reads the TOML file at `path`. Unknown keys, wrong types and values out of range are all
// reported, each with its line.
// `sources`: the tables of the built-in sources, worker/sources/source_options.hpp; without them,
// [sources] is not known.
[[nodiscard]] WorkerOptionsResult load_worker_options(const std::string& path,
                                                      std::span<const OptionSpec> sources);
[[nodiscard]] WorkerOptionsResult parse_worker_options(std::string_view toml,
                                                       std::string_view file_name,
                                                       std::span<const OptionSpec> sources = {});

// The commented default file, made from the tables.
[[nodiscard]] std::string default_worker_config(std::span<const OptionSpec> sources);

}  // namespace ringside
