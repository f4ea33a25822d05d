// ringside check: reads what the services would read and says what is wrong, with file, line and
// remedy, without touching either.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/check_redact.hpp"
#include "cli/check_tls.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/auth/keyset.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/config/plugin_options.hpp"
#include "core/policy/access_config.hpp"
#include "core/policy/role_map.hpp"
#include "core/setup/worker_setup.hpp"
#include "worker/sources/source_options.hpp"

namespace ringside::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfDir = 100;  // lwsws keeps it in small buffers

struct CheckOptions {
  std::string worker_config = "/etc/ringside/ringside.toml";
  std::string lwsws_dir = "/etc/lwsws";
  std::string redact;
  bool print_default = false;
};

class Findings {
 public:
  void error(const std::string& where, const std::string& what) {
    ++n_errors_;
    (void)print(paint(1, Color::kRed, "error") + "  " + escape_controls(where) + ": " +
                escape_controls(what) + "\n");
  }
  void fine(const std::string& where, const std::string& what) {
    (void)print(paint(1, Color::kGreen, "ok") + "     " + escape_controls(where) + ": " +
                escape_controls(what) + "\n");
  }
  [[nodiscard]] int exit_code() const { return n_errors_ == 0 ? kOk : kBadResult; }
  [[nodiscard]] std::size_t n_errors() const { return n_errors_; }

 private:
  std::size_t n_errors_ = 0;
};

// lwsws' configuration is JSON with comments: # to the end of the line, outside of strings.
std::string without_comments(std::string_view text) {
  std::string out;
  bool in_string = false;
  bool in_comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_comment) {
      in_comment = c != '\n';
      out += c == '\n' ? '\n' : ' ';
      continue;
    }
    if (in_string && c == '\\' && i + 1 < text.size()) {
      out += c;
      out += text[++i];
      continue;
    }
    in_string ^= c == '"';
    in_comment = !in_string && c == '#';
    out += in_comment ? ' ' : c;
  }
  return out;
}

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
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto parsed = Json::parse(text, JsonLimits{64});
    if (!parsed) {
      findings.error(fmt::format("{}:{}", path, line_at(text, parsed.error().offset)),
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
  if (has_readable_schemas && made.setup.schemas != nullptr) {
    findings.fine(loaded.options.schema_dir,
                  fmt::format("{} event schemas", made.setup.schemas->n_schemas()));
  }
}

void check_secret_permissions(const std::string& path, Findings& findings) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    findings.error(path,
                   fmt::format("is open to everyone: chmod {:o} {}", info.st_mode & 0770U, path));
  }
}

void check_keys(const std::string& where, const PluginOptions& options, Findings& findings) {
  if (options.keys.empty()) {
    findings.error(where,
                   "keys: no key is configured; add \"keys\": \"HS256:/etc/ringside/jwt.secret\"");
  }
  for (const std::string& text : options.keys) {
    const auto source = parse_key_source(text);
    if (!source) {
      findings.error(where, "keys: " + source.error().message);
      continue;
    }
    const auto keys = Keyset::load({*source});
    if (!keys) {
      findings.error(where, "keys: " + keys.error().message);
      continue;
    }
    findings.fine(source->path, fmt::format("{} key(s)", (*keys)->keys().size()));
    if (name_of(source->algorithm).starts_with("HS") && !source->is_jwk_set) {
      check_secret_permissions(source->path, findings);
    }
  }
}

// Facts about TLS that only all files together show.
struct TlsUse {
  std::string off_at;  // where it is off for all; empty: it is not
  bool is_used = false;
};

// One file of lwsws' configuration. jansson keeps no lines, so a finding's line is where its name
// first is in the file.
class LwswsFile {
 public:
  LwswsFile(std::string path, const std::string& raw, Findings& findings, TlsUse& tls)
      : path_(std::move(path)), text_(without_comments(raw)), findings_(findings), tls_(tls) {}

  void check() {
    const auto parsed = Json::parse(text_);
    if (!parsed) {
      findings_.error(fmt::format("{}:{}", path_, line_at(text_, parsed.error().offset)),
                      parsed.error().message);
      return;
    }
    if (const JsonRef threads = (*parsed)["global"]["count-threads"];
        threads.present() && !is_text(threads, "1")) {
      findings_.error(at("count-threads"),
                      "count-threads must be \"1\": run several lwsws processes instead");
    }
    if (const JsonRef global = (*parsed)["global"];
        global.present() && !is_text(global["init-ssl"], "yes")) {
      tls_.off_at = at("init-ssl");
    }
    const std::size_t n_before = findings_.n_errors();
    (*parsed)["vhosts"].for_each_element([&](JsonRef vhost) {
      check_vhost(vhost);
      return true;
    });
    if (findings_.n_errors() == n_before) {
      findings_.fine(path_, "is valid");
    }
  }

 private:
  static bool is_text(JsonRef value, std::string_view text) {
    return value.as_string() == std::optional<std::string_view>(text);
  }

  [[nodiscard]] std::string at(std::string_view name) const {
    const auto offset = text_.find(fmt::format("\"{}\"", name));
    return offset == std::string::npos ? path_
                                       : fmt::format("{}:{}", path_, line_at(text_, offset));
  }

  void check_vhost(JsonRef vhost) {
    bool found = false;
    vhost["ws-protocols"].for_each_element([&](JsonRef entry) {
      if (entry["ringside-ws"].present()) {
        found = true;
        check_protocol("ringside-ws", entry["ringside-ws"]);
      }
      for (const char* name : {"ringside-metrics", "ringside-logs"}) {
        check_has_no_options(name, entry[name]);
      }
      if (entry["ringside-ws"].present() && !entry["ringside-ws"]["default"].present()) {
        findings_.error(
            at("ringside-ws"),
            "ringside-ws must be marked \"default\": \"1\": browsers name no subprotocol");
      }
      return true;
    });
    const std::string_view name = vhost["name"].as_string().value_or("?");
    if (found && !is_text(vhost["alpn"], "http/1.1")) {
      findings_.error(
          at(name),
          fmt::format(
              "vhost \"{}\": add \"alpn\": \"http/1.1\": WebSockets over HTTP/2 are refused",
              name));
    }
    check_certificate(vhost);
  }

  void check_certificate(JsonRef vhost) {
    const auto certificate = vhost["host-ssl-cert"].as_string();
    const auto key = vhost["host-ssl-key"].as_string();
    if (!certificate && !key) {
      return;
    }
    if (!certificate || !key) {
      findings_.error(at(certificate ? "host-ssl-cert" : "host-ssl-key"),
                      "TLS requires both host-ssl-cert and host-ssl-key");
      return;
    }
    tls_.is_used = true;
    const auto found =
        check_tls(std::string(*certificate), std::string(*key), system_clock().wall_now());
    if (found) {
      findings_.fine(std::string(*certificate), *found);
    } else {
      findings_.error(at("host-ssl-cert"), found.error().message);
    }
  }

  void check_has_no_options(std::string_view protocol, JsonRef options) {
    options.for_each_member([&](std::string_view name, JsonRef) {
      if (name != "status") {
        findings_.error(at(protocol),
                        fmt::format("{}: {} is not read here: ringside-ws has the options of all "
                                    "three protocols",
                                    protocol, name));
      }
      return true;
    });
  }

  void check_protocol(std::string_view protocol, JsonRef options) {
    std::vector<std::pair<std::string, std::string>> pairs;
    options.for_each_member([&](std::string_view name, JsonRef value) {
      if (name == "status" || name == "default" || name == "raw") {
        return true;
      }
      if (const auto text = value.as_string()) {
        pairs.emplace_back(name, *text);
      } else {
        findings_.error(at(name),
                        fmt::format("{}: {} must be a string: lwsws accepts only strings here",
                                    protocol, name));
      }
      return true;
    });
    const PluginOptionsResult loaded = load_plugin_options(pairs);
    for (const OptionError& error : loaded.errors) {
      findings_.error(at(error.name),
                      fmt::format("{}: {} {}", protocol, error.name, error.message));
    }
    if (loaded.errors.empty()) {
      check_keys(loaded.options.keys.empty() ? at(protocol) : at("keys"), loaded.options,
                 findings_);
      check_policies(loaded.options);
    }
  }

  void check_policies(const PluginOptions& options) {
    const AccessConfig access =
        read_access_config(options.required_roles, options.restricted_fields, options.role_filters);
    if (const auto map = RoleMap::make(options.role_map); !map) {
      findings_.error(at("token-role-map"), "token-role-map: " + map.error().message);
    }
    for (const AccessConfigError& error : access.errors) {
      findings_.error(at(error.option), fmt::format("{}: {}", error.option, error.message));
    }
  }

  std::string path_;
  std::string text_;
  Findings& findings_;
  TlsUse& tls_;
};

void check_lwsws_file(const std::string& path, Findings& findings, TlsUse& tls) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    findings.error(path, "cannot be read: " + std::string(std::strerror(errno)));
    return;
  }
  LwswsFile(path, std::string{std::istreambuf_iterator<char>(file), {}}, findings, tls).check();
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
  check_worker(options.worker_config, findings);
  if (options.lwsws_dir.size() >= kMaxConfDir) {
    findings.error(
        options.lwsws_dir,
        "is too long: the configuration directory of lwsws must be shorter than 100 characters");
  }
  TlsUse tls;
  check_lwsws_file(options.lwsws_dir + "/conf", findings, tls);
  std::error_code failed;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(options.lwsws_dir + "/conf.d", failed)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& path : files) {
    check_lwsws_file(path, findings, tls);
  }
  if (tls.is_used && !tls.off_at.empty()) {
    findings.error(tls.off_at, "a virtual host has a certificate: \"init-ssl\" must be \"yes\"");
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
  command->add_flag("--print-default", options->print_default,
                    "print a commented ringside.toml with all defaults, and check nothing");
  command->add_option("--redact", options->redact,
                      "print the lines of FILE (- for standard input) that would be redacted, as "
                      "they would be stored, and check nothing else");
  command->footer("Example:\n  ringside check --worker-config ./ringside.toml --lwsws-dir ./lwsws");
  command->callback([&run, options] { run = [options] { return check(*options); }; });
}

}  // namespace ringside::cli
