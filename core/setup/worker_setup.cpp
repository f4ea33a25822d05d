// A reload with an error in it must leave the running worker as it was. Therefore nothing here has
// a side effect: it only makes objects, and reports every error that it finds.
#include "core/setup/worker_setup.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace ringside {
namespace {

constexpr std::string_view kDefaultRunDir = "/run/ringside";
constexpr std::string_view kDefaultStateDir = "/var/lib/ringside";
constexpr std::string_view kLongestSocketName = "/events.dgram";

template <class T>
void take(Result<T> result, std::string_view option, T& into, std::vector<OptionError>& errors) {
  if (result) {
    into = std::move(*result);
  } else {
    errors.push_back({std::string(option), result.error().message, 0});
  }
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/', path.find_last_not_of('/'));
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// The worker creates a directory, but not its parents. `made_before` exists by then.
void check_directory(std::string_view option, const std::string& path,
                     const std::string& made_before, std::vector<OptionError>& errors) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode)) {
      errors.push_back(
          {std::string(option), fmt::format("{}: {} is not a directory", option, path), 0});
    }
    return;
  }
  if (errno != ENOENT && errno != ENOTDIR) {
    return;  // another user may look at it: the worker's own start reports what it cannot use
  }
  const std::string parent = parent_of(path);
  if (parent == made_before) {
    return;
  }
  if (::stat(parent.c_str(), &info) != 0 ? errno != EACCES : !S_ISDIR(info.st_mode)) {
    errors.push_back(
        {std::string(option),
         fmt::format("{}: {} cannot be created: there is no directory {}", option, path, parent),
         0});
  }
}

}  // namespace

WorkerSetupResult make_worker_setup(const WorkerOptions& options) {
  WorkerSetupResult made;
  WorkerSetup& setup = made.setup;
  check_directory("run_dir", options.run_dir, "", made.errors);
  if (!options.state_dir.empty()) {
    check_directory("state_dir", options.state_dir, options.run_dir, made.errors);
  }
  if (options.history_enabled && !options.history_dir.empty() &&
      parent_of(options.history_dir) != options.state_dir) {
    check_directory("history.dir", options.history_dir, options.run_dir, made.errors);
  }
  take(SchemaSet::load(options.schema_dir), "schema_dir", setup.schemas, made.errors);
  take(Redactor::make(options), "redact", setup.redactor, made.errors);
  // Separately, so that an error in either list is reported.
  PeerRules unused;
  take(PeerRules::make(options.allow_users, {}), "events.allow_users", unused, made.errors);
  take(PeerRules::make({}, options.allow_groups), "events.allow_groups", unused, made.errors);
  if (made.errors.empty()) {
    take(PeerRules::make(options.allow_users, options.allow_groups), "events.allow_users",
         setup.peers, made.errors);
  }
  setup.limits = {.max_event_bytes = options.max_line_bytes, .max_depth = options.max_depth};
  return made;
}

std::string join_messages(const std::vector<OptionError>& errors) {
  std::vector<std::string_view> lines;
  for (const OptionError& error : errors) {
    lines.push_back(error.message);
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

WorkerOptionsResult load_worker_setup(const std::string& config_path, const std::string& run_dir,
                                      std::span<const OptionSpec> sources) {
  WorkerOptionsResult loaded = load_worker_options(config_path, sources);
  WorkerOptions& options = loaded.options;
  if (!run_dir.empty()) {
    options.run_dir = run_dir;
  }
  if (options.state_dir.empty()) {
    options.state_dir = options.run_dir == kDefaultRunDir ? std::string(kDefaultStateDir)
                                                          : options.run_dir + "/state";
  }
  if (options.history_dir.empty()) {
    options.history_dir = options.state_dir + "/history";
  }
  constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;
  if (const std::size_t n = options.run_dir.size() + kLongestSocketName.size();
      n > kMaxSocketPath) {
    loaded.errors.push_back(
        {"run_dir",
         fmt::format("is too long: the path of a socket has at most {} bytes, and {}{} has {}",
                     kMaxSocketPath, options.run_dir, kLongestSocketName, n),
         0});
  }
  return loaded;
}

std::string format_option_error(const std::string& config_path, const OptionError& error) {
  std::string text = config_path;
  if (error.line != 0) {
    text += fmt::format(":{}", error.line);
  }
  text += error.name.empty() ? ": " : fmt::format(": {} ", error.name);
  return text + error.message;
}

std::vector<std::string> need_restart(const WorkerOptions& running, const WorkerOptions& wanted) {
  std::vector<std::string> names;
  if (running.run_dir != wanted.run_dir) {
    names.emplace_back("run_dir");
  }
  if (running.state_dir != wanted.state_dir) {
    names.emplace_back("state_dir");
  }
  if (running.ring_bytes != wanted.ring_bytes) {
    names.emplace_back("ring.size");
  }
  if (running.history_enabled != wanted.history_enabled) {
    names.emplace_back("history.enabled");
  }
  if (running.history_dir != wanted.history_dir) {
    names.emplace_back("history.dir");
  }
  if (running.socket_mode != wanted.socket_mode) {
    names.emplace_back("events.socket_mode");
  }
  if (running.http_enabled != wanted.http_enabled) {
    names.emplace_back("http.enabled");
  }
  if (static_cast<const ClusterOptions&>(running) != static_cast<const ClusterOptions&>(wanted)) {
    names.emplace_back("cluster");
  }
  return names;
}

}  // namespace ringside
