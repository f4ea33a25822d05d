// ringside check: reads what the services would read and says what is wrong, with file, line and
// remedy, without touching either.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include "cli/check_lwsws.hpp"
#include "cli/check_redact.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
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

struct CheckOptions {
  std::string worker_config = "/etc/ringside/ringside.toml";
  std::string lwsws_dir = "/etc/lwsws";
  std::string only;  // "worker", "lwsws"; empty: both
  std::string redact;
  bool print_default = false;
};

std::size_t line_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

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

void check_worker(const std::string& path, Findings& findings) {
  const WorkerOptionsResult loaded = load_worker_setup(path, "", source_option_specs());
  for (const OptionError& error : loaded.errors) {
    findings.error(error.line == 0 ? path : fmt::format("{}:{}", path, error.line),
                   error.name.empty() ? error.message : error.name + " " + error.message);
  }
  if (!loaded.errors.empty()) {
    return;
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
}

void check_lwsws_file(const std::string& path, Findings& findings, TlsUse& tls) {
  const auto text = read_whole_file(path);
  if (!text) {
    findings.error(path, text.error().message);
    return;
  }
  check_lwsws(path, *text, findings, tls);
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

void check_lwsws_dir(const CheckOptions& options, Findings& findings) {
  if (options.lwsws_dir.size() >= kMaxConfDir) {
    findings.error(
        options.lwsws_dir,
        "is too long: the configuration directory of lwsws must be shorter than 100 characters");
  }
  TlsUse tls;
  check_lwsws_file(options.lwsws_dir + "/conf", findings, tls);
  for (const std::string& path : config_files(options.lwsws_dir + "/conf.d", findings)) {
    check_lwsws_file(path, findings, tls);
  }
  if (tls.is_used && !tls.off_at.empty()) {
    findings.error(tls.off_at, "a virtual host has a certificate: \"init-ssl\" must be \"yes\"");
  }
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
  if (options.only != "lwsws") {
    check_worker(options.worker_config, findings);
  }
  if (options.only != "worker") {
    check_lwsws_dir(options, findings);
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
  command->add_flag("--print-default", options->print_default,
                    "print a commented ringside.toml with all defaults, and check nothing");
  command->add_option("--redact", options->redact,
                      "print the lines of FILE (- for standard input) that would be redacted, as "
                      "they would be stored, and check nothing else");
  command->footer("Example:\n  ringside check --worker-config ./ringside.toml --lwsws-dir ./lwsws");
  command->callback([&run, options] { run = [options] { return check(*options); }; });
}

}  // namespace ringside::cli
