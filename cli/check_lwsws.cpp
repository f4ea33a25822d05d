// lwsws says little about a configuration that it does not like, and nothing about options of a plugin.
#include "cli/check_lwsws.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "cli/check_tls.hpp"
#include "core/auth/keyset.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/config/plugin_options.hpp"
#include "core/policy/access_config.hpp"
#include "core/policy/role_map.hpp"

namespace ringside::cli {
namespace {

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

// Everything that is answered without an upgrade, as in the virtual host that is installed.
constexpr std::array<std::string_view, 11> kPaths{"/healthz", "/readyz",     "/ws",       "/logs",
                                                  "/metrics", "/ticket",     "/admin",    "/events",
                                                  "/v1/logs", "/v1/metrics", "/v1/traces"};

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
    if (found) {
      check_mounts(vhost, name);
    }
  }

  // A path without a mount is answered by the files at "/", with 404: nothing says that a feature is missing.
  void check_mounts(JsonRef vhost, std::string_view name) {
    std::vector<std::string_view> missing;
    for (const std::string_view path : kPaths) {
      bool is_mounted = false;
      vhost["mounts"].for_each_element([&](JsonRef mount) {
        is_mounted = is_mounted ||
                     (is_text(mount["mountpoint"], path) &&
                      mount["origin"].as_string().value_or("").starts_with("callback://ringside-"));
        return true;
      });
      if (!is_mounted) {
        missing.push_back(path);
      }
    }
    if (!missing.empty()) {
      findings_.note(at("mounts"),
                     fmt::format("vhost \"{}\" does not serve {}: add {{ \"mountpoint\": \"{}\", "
                                 "\"origin\": \"callback://ringside-ws\" }}{}",
                                 name, fmt::join(missing, ", "), missing.front(),
                                 missing.size() > 1 ? " and the like" : ""));
    }
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

}  // namespace

void check_lwsws(const std::string& path, const std::string& text, Findings& findings,
                 TlsUse& tls) {
  LwswsFile(path, text, findings, tls).check();
}

}  // namespace ringside::cli
