#pragma once
// The worker's options: ringside.toml.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/config/option.hpp"
#include "core/config/redact_options.hpp"

namespace ringside {

struct WorkerOptions : RedactOptions {
  std::string run_dir = "/run/ringside";  // run_dir
  std::string log_level = "info";         // log_level
  std::string schema_dir =
      "/usr/share/ringside/schemas";  // schema_dir: event schemas (conf/schemas/events)
  // [ring]
  std::size_t ring_bytes = 64u << 20u;  // ring.size
  // [events]
  std::size_t max_line_bytes = 256u << 10u;  // events.max_line
  unsigned max_producers = 1024;             // events.max_producers
  std::string socket_mode = "0660";          // events.socket_mode, octal
  std::vector<std::string>
      allow_users;  // events.allow_users: names or uids; empty: by file mode alone
  std::vector<std::string> allow_groups;  // events.allow_groups
  unsigned max_depth = 32;                // events.max_depth
  // [sources.host_metrics]
  bool host_metrics = true;                               // sources.host_metrics.enabled
  std::chrono::milliseconds host_metrics_interval{5000};  // sources.host_metrics.interval
  std::chrono::milliseconds check_interval{
      30000};  // sources.host_metrics.check_interval: SystemHealthUpdate
  // [sources.files]
  std::vector<std::string> log_files;  // sources.files.paths: globs
  bool join_lines = true;              // sources.files.join_lines
  // [sources.syslog]
  std::string syslog_socket;  // sources.syslog.socket: path, empty for none
  // [sources.statsd]
  std::string
      statsd_listen;  // sources.statsd.listen: "127.0.0.1:8125" or a socket path, empty for none
  std::chrono::milliseconds statsd_interval{10000};  // sources.statsd.interval
  // [sources.journald]
  bool journald = false;  // sources.journald.enabled
};

[[nodiscard]] std::span<const OptionSpec> worker_option_specs() noexcept;

struct WorkerOptionsResult {
  WorkerOptions options;
  std::vector<OptionError> errors;  // with lines
};
// Reads the TOML file at `path`. Unknown keys, wrong types and values out of range are all
// reported, each with its line.
[[nodiscard]] WorkerOptionsResult load_worker_options(const std::string& path);
[[nodiscard]] WorkerOptionsResult parse_worker_options(std::string_view toml,
                                                       std::string_view file_name);

// The commented default file, made from the table.
[[nodiscard]] std::string default_worker_config();

}  // namespace ringside
