// A reload with a mistake in it must leave the running worker as it was, so nothing here touches
// anything: it only makes, and says no.
#include "worker/rules.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <tuple>
#include <utility>

namespace ringside {
namespace {

constexpr std::string_view kLongestName = "/events.dgram";

auto source_options(const WorkerOptions& o) {
  return std::tie(o.host_metrics, o.host_metrics_interval, o.check_interval, o.log_files,
                  o.join_lines, o.syslog_socket, o.statsd_listen, o.statsd_interval, o.journald);
}

}  // namespace

Result<Rules> make_rules(const WorkerOptions& options) {
  auto schemas = SchemaSet::load(options.schema_dir);
  if (!schemas) {
    return tl::unexpected(schemas.error());
  }
  auto redactor = Redactor::make(options);
  if (!redactor) {
    return tl::unexpected(redactor.error());
  }
  auto peers = PeerRules::make(options);
  if (!peers) {
    return tl::unexpected(peers.error());
  }
  return Rules{std::move(*schemas),
               std::move(*redactor),
               std::move(*peers),
               {.max_event_bytes = options.max_line_bytes, .max_depth = options.max_depth}};
}

LoadedOptions load_options(const std::string& config_path, const std::string& run_dir) {
  WorkerOptionsResult loaded = load_worker_options(config_path);
  LoadedOptions out{std::move(loaded.options), {}};
  for (const OptionError& error : loaded.errors) {
    std::string text = config_path;
    if (error.line != 0) {
      text += fmt::format(":{}", error.line);
    }
    text += error.name.empty() ? ": " : fmt::format(": {} ", error.name);
    out.errors.push_back(text + error.message);
  }
  if (!run_dir.empty()) {
    out.options.run_dir = run_dir;
  }
  if (out.options.run_dir.size() + kLongestName.size() >= sizeof(sockaddr_un::sun_path)) {
    out.errors.push_back(fmt::format(
        "run_dir: {} is too long: a socket's path may have {} bytes, and {}{} would have {}",
        out.options.run_dir, sizeof(sockaddr_un::sun_path) - 1, out.options.run_dir, kLongestName,
        out.options.run_dir.size() + kLongestName.size()));
  }
  return out;
}

std::vector<std::string> need_restart(const WorkerOptions& running, const WorkerOptions& wanted) {
  std::vector<std::string> names;
  if (running.run_dir != wanted.run_dir) {
    names.emplace_back("run_dir");
  }
  if (running.ring_bytes != wanted.ring_bytes) {
    names.emplace_back("ring.size");
  }
  if (running.socket_mode != wanted.socket_mode) {
    names.emplace_back("events.socket_mode");
  }
  return names;
}

bool same_sources(const WorkerOptions& a, const WorkerOptions& b) {
  return source_options(a) == source_options(b);
}

}  // namespace ringside
