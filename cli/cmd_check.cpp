// ringside check: reads what the services would read and says what is wrong, with file, line and remedy, without touching either.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/auth/keyset.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/config/plugin_options.hpp"
#include "core/config/worker_options.hpp"
#include "core/policy/access.hpp"

namespace ringside::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfDir = 100;   // lwsws keeps it in small buffers
constexpr std::size_t kMaxSocketPath = 108;

struct CheckOptions {
  std::string worker_config = "/etc/ringside/ringside.toml";
  std::string lwsws_dir = "/etc/lwsws";
  bool print_default = false;
};

class Findings {
 public:
  void error(const std::string& where, const std::string& what) {
    ++n_errors_;
    (void)print(paint(1, Color::kRed, "error") + "  " + escape_controls(where) + ": " + escape_controls(what) + "\n");
  }
  void fine(const std::string& where, const std::string& what) {
    (void)print(paint(1, Color::kGreen, "ok") + "     " + escape_controls(where) + ": " + escape_controls(what) + "\n");
  }
  [[nodiscard]] int exit_code() const { return n_errors_ == 0 ? kOk : kUnhealthy; }
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

void check_schemas(const std::string& dir, Findings& findings) {
  std::error_code failed;
  std::size_t n_schemas = 0;
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".schema.json")) {
      continue;
    }
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto parsed = Json::parse(text, JsonLimits{64});
    if (!parsed) {
      findings.error(fmt::format("{}:{}", path, line_at(text, parsed.error().offset)), parsed.error().message);
    }
    ++n_schemas;
  }
  if (failed) {
    findings.error(dir, "cannot be read: " + failed.message() + "; set schema_dir to where the event schemas are");
  } else if (n_schemas == 0) {
    findings.error(dir, "holds no *.schema.json; set schema_dir to where the event schemas are");
  } else {
    findings.fine(dir, fmt::format("{} event schemas", n_schemas));
  }
}

void check_worker(const std::string& path, Findings& findings) {
  const WorkerOptionsResult loaded = load_worker_options(path);
  for (const OptionError& error : loaded.errors) {
    findings.error(error.line == 0 ? path : fmt::format("{}:{}", path, error.line),
                   error.name.empty() ? error.message : error.name + " " + error.message);
  }
  if (!loaded.errors.empty()) {
    return;
  }
  findings.fine(path, "is valid");
  if (loaded.options.run_dir.size() + std::string_view("/events.dgram").size() >= kMaxSocketPath) {
    findings.error(path, "run_dir is too long: a socket's path must be shorter than 108 bytes");
  }
  check_schemas(loaded.options.schema_dir, findings);
}

void check_secret_permissions(const std::string& path, Findings& findings) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    findings.error(path, fmt::format("is open to everyone: chmod {:o} {}", info.st_mode & 0770U, path));
  }
}

void check_keys(const std::string& where, const PluginOptions& options, Findings& findings) {
  if (options.keys.empty()) {
    findings.error(where, "keys: no key is configured; add \"keys\": \"HS256:/etc/ringside/jwt.secret\"");
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

void check_protocol(const std::string& where, JsonRef options, Findings& findings) {
  std::vector<std::pair<std::string, std::string>> pairs;
  options.for_each_member([&](std::string_view name, JsonRef value) {
    if (name == "status" || name == "default" || name == "raw") {
      return true;
    }
    const auto text = value.as_string();
    if (!text) {
      findings.error(where, fmt::format("option \"{}\" must be a string: lwsws knows no other", name));
    } else {
      pairs.emplace_back(name, *text);
    }
    return true;
  });
  const PluginOptionsResult loaded = load_plugin_options(pairs);
  for (const OptionError& error : loaded.errors) {
    findings.error(where, "option \"" + error.name + "\" " + error.message);
  }
  if (loaded.errors.empty()) {
    check_keys(where, loaded.options, findings);
  }
}

void check_vhost(const std::string& file, JsonRef vhost, Findings& findings) {
  const std::string where = fmt::format("{}: vhost \"{}\"", file, vhost["name"].as_string().value_or("?"));
  bool found = false;
  vhost["ws-protocols"].for_each_element([&](JsonRef entry) {
    const JsonRef main = entry["ringside-ws"];
    if (main.present()) {
      found = true;
      if (!main["default"].present()) {
        findings.error(where, "ringside-ws must be marked \"default\": \"1\": browsers name no subprotocol");
      }
      check_protocol(where, main, findings);
    }
    return true;
  });
  if (found && vhost["alpn"].as_string() != std::optional<std::string_view>("http/1.1")) {
    findings.error(where, "add \"alpn\": \"http/1.1\": WebSockets over HTTP/2 are refused");
  }
  if (!found) {
    findings.fine(where, "has no ringside-ws");
  }
}

void check_lwsws_file(const std::string& path, Findings& findings) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    findings.error(path, "cannot be read: " + std::string(std::strerror(errno)));
    return;
  }
  const std::string text = without_comments(std::string{std::istreambuf_iterator<char>(file), {}});
  const auto parsed = Json::parse(text);
  if (!parsed) {
    findings.error(fmt::format("{}:{}", path, line_at(text, parsed.error().offset)), parsed.error().message);
    return;
  }
  if (const JsonRef threads = (*parsed)["global"]["count-threads"]; threads.present() && threads.as_string() != std::optional<std::string_view>("1")) {
    findings.error(path, "count-threads must be \"1\": run several lwsws processes instead");
  }
  (*parsed)["vhosts"].for_each_element([&](JsonRef vhost) {
    check_vhost(path, vhost, findings);
    return true;
  });
}

int check(const CheckOptions& options) {
  if (options.print_default) {
    return print(default_worker_config()) ? kOk : kFailed;
  }
  Findings findings;
  check_worker(options.worker_config, findings);
  if (options.lwsws_dir.size() >= kMaxConfDir) {
    findings.error(options.lwsws_dir, "is too long: lwsws takes a configuration directory shorter than 100 characters");
  }
  check_lwsws_file(options.lwsws_dir + "/conf", findings);
  std::error_code failed;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(options.lwsws_dir + "/conf.d", failed)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& path : files) {
    check_lwsws_file(path, findings);
  }
  if (findings.n_errors() != 0) {
    complain(fmt::format("check: {} error(s)", findings.n_errors()));
  }
  return findings.exit_code();
}

}  // namespace

void add_check(CLI::App& app, const Globals& /*globals*/, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = app.add_subcommand("check", "validate both services' configuration, keys and schemas; exit status 3 on errors");
  command->add_option("--worker-config", options->worker_config, "the worker's configuration")->capture_default_str();
  command->add_option("--lwsws-dir", options->lwsws_dir, "lwsws' configuration directory")->capture_default_str();
  command->add_flag("--print-default", options->print_default, "print a commented ringside.toml with all defaults, and check nothing");
  command->callback([&run, options] { run = [options] { return check(*options); }; });
}

}  // namespace ringside::cli
