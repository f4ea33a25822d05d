// ringside check: reads what the services would read and says what is wrong, with file, line and
// remedy, without touching either.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/check_lwsws.hpp"
#include "cli/check_redact.hpp"
#include "cli/command.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/lwsws_value.hpp"
#include "cli/terminal.hpp"
#include "core/base/json.hpp"
#include "core/base/read_file.hpp"
#include "core/base/text.hpp"
#include "core/redact/text_class.hpp"
#include "core/setup/log_server.hpp"
#include "core/setup/worker_setup.hpp"
#include "worker/sources/source_options.hpp"

namespace ringside::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfDir = 100;  // lwsws keeps it in small buffers

constexpr const char* kLwswsDir = "/etc/lwsws";

struct CheckOptions {
  std::string worker_config = "/etc/ringside/ringside.toml";
  std::string lwsws_dir = kLwswsDir;
  std::string only;  // "worker", "lwsws"; empty: both
  std::string user;  // who has to read the web server's files; empty: the one who checks
  std::string redact;
  bool print_default = false;
};

// Reports what is not JSON with its line, which make_worker_setup() cannot, and a directory without
// schemas. True when neither was found.
bool check_schema_texts(const std::string& dir, Findings& findings) {
  std::error_code failed;
  std::size_t n_schemas = 0;
  const std::size_t n_before = findings.n_errors();
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".schema.json")) {
      continue;
    }
    const auto text = read_whole_file(path);
    if (!text) {
      findings.error(path, text.error().message);
    } else if (const auto parsed = Json::parse(*text, JsonLimits{64}); !parsed) {
      findings.error(fmt::format("{}:{}", path, line_at(*text, parsed.error().offset)),
                     parsed.error().message);
    }
    ++n_schemas;
  }
  if (failed) {
    findings.error(dir, "cannot be read: " + failed.message() +
                            "; set schema_dir to where the event schemas are");
  } else if (n_schemas == 0) {
    findings.error(dir, "has no *.schema.json; set schema_dir to where the event schemas are");
  }
  return findings.n_errors() == n_before;
}

// The log servers of a cluster, as they are now.
void check_cluster(const ClusterOptions& options, Findings& findings) {
  constexpr std::chrono::milliseconds kTime{2000};
  for (const std::string& url : options.cluster_servers) {
    const auto address = parse_log_server(url);
    if (!address) {
      findings.error("cluster.servers", address.error().message);
      continue;
    }
    const auto server = ask_log_server(*address, kTime);
    const Status good = server ? check_log_server(*server) : Status(tl::unexpected(server.error()));
    if (!good) {
      findings.error(url, good.error().message);
    } else if (server->requires_tls && !address->tls) {
      findings.error(url, "the server requires TLS: write tls:// instead of nats://");
    } else {
      findings.fine(url, fmt::format("log server {}, version {}", server->name, server->version));
    }
  }
}

// A ring is reserved whole when it is made, in memory; one of another size needs room next to the old one.
void check_room(const WorkerOptions& options, Findings& findings) {
  const std::string ring = options.run_dir + "/ring";
  std::error_code failed;
  const std::uint64_t has = fs::file_size(ring, failed);
  const std::uint64_t needs = options.ring_bytes;
  if (!failed && has >= needs && has < needs + needs / 8) {
    return;  // it is there
  }
  fs::path existing = options.run_dir;
  while (!fs::exists(existing, failed) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  const fs::space_info space = fs::space(existing, failed);
  if (!failed && space.available < needs) {
    findings.error(
        "ring.size",
        fmt::format("is {}, and {} has room for {}: the worker would not start",
                    describe_bytes(needs), existing.string(), describe_bytes(space.available)));
  }
}

// The unit ringsided.service allows connections to this machine alone.
void check_statsd(const std::string& path, const std::string& listen, Findings& findings) {
  if (listen.empty() || listen.starts_with('/') || listen.starts_with("127.") ||
      listen.starts_with("[::1]")) {
    return;
  }
  findings.note(path, fmt::format("sources.statsd.listen {} is not on this machine alone: anyone "
                                  "there can send metrics, and the unit ringsided.service has "
                                  "IPAddressDeny=any (systemctl edit ringsided)",
                                  listen));
}

// Returns the worker's run directory; nothing when the configuration has errors.
std::optional<std::string> check_worker(const std::string& path, Findings& findings) {
  const WorkerOptionsResult loaded = load_worker_setup(path, "", source_option_specs());
  for (const OptionError& error : loaded.errors) {
    findings.error(error.line == 0 ? path : fmt::format("{}:{}", path, error.line),
                   error.name.empty() ? error.message : error.name + " " + error.message);
  }
  if (!loaded.errors.empty()) {
    return std::nullopt;
  }
  const WorkerSetupResult made = make_worker_setup(loaded.options);
  const bool has_readable_schemas = check_schema_texts(loaded.options.schema_dir, findings);
  for (const OptionError& error : made.errors) {
    if (error.name == "schema_dir" && has_readable_schemas) {
      findings.error(loaded.options.schema_dir, error.message);
    } else if (error.name != "schema_dir") {
      findings.error(path, error.message);
    }
  }
  if (made.errors.empty()) {
    findings.fine(path, "is valid");
  }
  check_cluster(loaded.options, findings);
  if (has_readable_schemas && made.setup.schemas != nullptr) {
    findings.fine(loaded.options.schema_dir,
                  fmt::format("{} event schemas", made.setup.schemas->n_schemas()));
  }
  if (made.errors.empty()) {
    check_room(loaded.options, findings);
    const auto listen = loaded.options.source_values.find("sources.statsd.listen");
    if (listen != loaded.options.source_values.end()) {
      check_statsd(path, listen->second.text, findings);
    }
  }
  return loaded.options.run_dir;
}

void check_lwsws_file(const std::string& path, Findings& findings, LwswsFacts& facts) {
  const auto text = read_whole_file(path);
  if (!text) {
    findings.error(path, text.error().message);
    return;
  }
  check_lwsws(path, *text, findings, facts);
}

// As cmake/lws/patches/configuration-leftovers.patch has it.
bool is_config_name(std::string_view name) {
  for (const std::string_view end : {".conf", ".json"}) {
    if (name.size() > end.size() && name.ends_with(end)) {
      name.remove_suffix(end.size());
      break;
    }
  }
  return std::ranges::all_of(
      name, [](char c) { return is_ascii_letter(c) || is_ascii_digit(c) || c == '_' || c == '-'; });
}

// The files of conf.d that are configuration, in order.
std::vector<std::string> config_files(const std::string& dir, Findings& findings) {
  std::error_code failed;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    if (entry.is_directory(failed)) {
      continue;
    }
    if (is_config_name(entry.path().filename().string())) {
      files.push_back(entry.path().string());
    } else {
      findings.note(entry.path().string(),
                    "is not read: names have letters, digits, '_' and '-', with or without .conf "
                    "or .json");
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void check_lwsws_dir(const CheckOptions& options, const std::optional<std::string>& worker_run_dir,
                     Findings& findings) {
  if (options.lwsws_dir.size() >= kMaxConfDir) {
    findings.error(
        options.lwsws_dir,
        "is too long: the configuration directory of lwsws must be shorter than 100 characters");
  }
  LwswsFacts facts;
  check_lwsws_file(options.lwsws_dir + "/conf", findings, facts);
  for (const std::string& path : config_files(options.lwsws_dir + "/conf.d", findings)) {
    check_lwsws_file(path, findings, facts);
  }
  check_lwsws_facts(options.lwsws_dir, facts, worker_run_dir, findings);
}

// The packages' user, where root checks the packages' configuration: root can read what that user cannot.
std::string reader_of(const CheckOptions& options) {
  const bool is_packaged = options.lwsws_dir == kLwswsDir && ::geteuid() == 0;
  return options.user.empty() && is_packaged ? "ringside-web" : options.user;
}

int check(const CheckOptions& options) {
  if (options.print_default) {
    return print(default_worker_config(source_option_specs())) ? kOk : kFailed;
  }
  if (!options.redact.empty()) {
    // Without a configuration, the defaults.
    return check_redaction(
        options.redact, load_worker_options(options.worker_config, source_option_specs()).options);
  }
  Findings findings;
  if (const std::string user = reader_of(options); !user.empty()) {
    findings.reader = FileReader::of_user(user);
    if (!findings.reader && !options.user.empty()) {
      complain("check: --as-user: there is no user " + user);
      return kUsage;
    }
  }
  std::optional<std::string> worker_run_dir;
  if (options.only != "lwsws") {
    worker_run_dir = check_worker(options.worker_config, findings);
  }
  if (options.only != "worker") {
    check_lwsws_dir(options, worker_run_dir, findings);
  }
  if (findings.n_errors() != 0) {
    complain(fmt::format("check: {} error(s)", findings.n_errors()));
  }
  return findings.exit_code();
}

}  // namespace

void add_check(CLI::App& app, const Globals& /*globals*/, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = app.add_subcommand(
      "check", "validate both services' configuration, keys and schemas; exit status 3 on errors");
  command->add_option("--worker-config", options->worker_config, "the worker's configuration")
      ->capture_default_str();
  command->add_option("--lwsws-dir", options->lwsws_dir, "lwsws' configuration directory")
      ->capture_default_str();
  command->add_option("--only", options->only, "check one service: worker or lwsws")
      ->check(CLI::IsMember({"worker", "lwsws"}));
  command->add_option("--as-user", options->user,
                      "the user who has to read keys, certificates and pages (default: "
                      "ringside-web, when root checks /etc/lwsws)");
  command->add_flag("--print-default", options->print_default,
                    "print a commented ringside.toml with all defaults, and check nothing");
  command->add_option("--redact", options->redact,
                      "print the lines of FILE (- for standard input) that would be redacted, as "
                      "they would be stored, and check nothing else");
  command->footer("Example:\n  ringside check --worker-config ./ringside.toml --lwsws-dir ./lwsws");
  command->callback([&run, options] { run = [options] { return check(*options); }; });
}

}  // namespace ringside::cli
