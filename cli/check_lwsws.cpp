// lwsws says little about a configuration that it does not like, and nothing about members that it does not know and options of a
// plugin.
#include "cli/check_lwsws.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "cli/check_mounts.hpp"
#include "cli/check_tls.hpp"
#include "cli/lwsws_keys.hpp"
#include "cli/lwsws_value.hpp"
#include "core/auth/keyset.hpp"
#include "core/base/echo.hpp"
#include "core/base/text.hpp"
#include "core/config/plugin_options.hpp"
#include "core/config/suggestion.hpp"
#include "core/policy/access_config.hpp"
#include "core/policy/role_map.hpp"
#include "core/redact/text_class.hpp"

namespace ringside::cli {
namespace {

constexpr std::array<std::string_view, 3> kProtocols{"ringside-ws", "ringside-metrics",
                                                     "ringside-logs"};
bool is_ours(std::string_view protocol) {
  return std::ranges::find(kProtocols, protocol) != kProtocols.end();
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_ascii_letter(c) || is_ascii_digit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

class LwswsFile {
 public:
  LwswsFile(std::string path, const std::string& raw, Findings& findings, LwswsFacts& facts)
      : path_(std::move(path)), file_(raw), findings_(findings), facts_(facts) {}

  void check() {
    if (file_.fault()) {
      findings_.error(at(file_.fault()->line), file_.fault()->message);
      return;
    }
    const std::size_t n_before = findings_.n_errors();
    const LwswsValue root = file_.root();
    check_keys(LwswsObject::kFile, root);
    root.for_each_member([&](const std::string& name, LwswsValue value) {
      if (name == "global" && value.is_object()) {
        check_global(value);
      } else if (name == "vhosts") {
        value.for_each_element([&](LwswsValue vhost) { check_vhost(vhost); });
      }
    });
    if (findings_.n_errors() == n_before) {
      findings_.fine(path_, "is valid");
    }
  }

 private:
  [[nodiscard]] std::string at(std::size_t line) const { return fmt::format("{}:{}", path_, line); }
  [[nodiscard]] std::string at(LwswsValue value) const { return at(value.line()); }

  void check_keys(LwswsObject kind, LwswsValue object) {
    check_lwsws_keys(kind, object, [&](std::size_t line, const std::string& what) {
      findings_.error(at(line), what);
    });
  }

  void check_global(LwswsValue global) {
    facts_.has_global = true;
    check_keys(LwswsObject::kGlobal, global);
    if (const auto threads = global.member("count-threads"); threads && threads->text() != "1") {
      findings_.error(at(*threads),
                      "count-threads must be \"1\": run several lwsws processes instead");
    }
    if (const auto tls = global.member("init-ssl");
        !tls || !is_lwsws_on(tls->text().value_or(""))) {
      facts_.tls_off_at = at(tls.value_or(global));
    }
    check_account(global);
    global.for_each_member([&](const std::string& name, LwswsValue value) {
      if (name == "plugin-dir") {
        facts_.plugin_dirs.push_back({at(value), value.text().value_or("")});
      }
    });
  }

  // Whom lwsws becomes, where root starts it.
  void check_account(LwswsValue global) {
    const auto user = global.member("username");
    const auto group = global.member("groupname");
    if (user && ::getpwnam(user->text().value_or("").c_str()) == nullptr) {
      findings_.error(at(*user), "there is no user \"" + echo(user->text().value_or("")) + "\"");
    }
    if (group && ::getgrnam(group->text().value_or("").c_str()) == nullptr) {
      findings_.error(at(*group), "there is no group \"" + echo(group->text().value_or("")) + "\"");
    }
  }

  void check_vhost(LwswsValue vhost) {
    if (!vhost.is_object()) {
      findings_.error(at(vhost), "a virtual host must be an object: { ... }");
      return;
    }
    check_keys(LwswsObject::kVhost, vhost);
    LwswsFacts::Host host{at(vhost),
                          vhost.text_of("name").value_or(""),
                          vhost.text_of("port").value_or(""),
                          vhost.text_of("interface").value_or(""),
                          false,
                          false};
    if (host.name.empty()) {
      findings_.error(at(vhost), "a virtual host needs a \"name\"");
    }
    if (host.port.empty() && !is_lwsws_on(vhost.text_of("unix-socket").value_or(""))) {
      findings_.error(at(vhost), fmt::format("vhost \"{}\" needs a \"port\"", echo(host.name)));
    }
    std::vector<std::string> protocols;
    if (const auto list = vhost.member("ws-protocols")) {
      list->for_each_element([&](LwswsValue entry) { check_protocols(entry, protocols); });
    }
    host.has_ringside = std::ranges::find(protocols, "ringside-ws") != protocols.end();
    if (const auto alpn = vhost.member("alpn");
        host.has_ringside && (!alpn || alpn->text() != "http/1.1")) {
      findings_.error(
          at(alpn.value_or(vhost)),
          fmt::format(
              "vhost \"{}\": add \"alpn\": \"http/1.1\": WebSockets over HTTP/2 are refused",
              echo(host.name)));
    }
    host.has_tls = check_certificate(vhost);
    check_headers(vhost);
    check_mounts(path_, vhost, host, protocols, findings_);
    facts_.hosts.push_back(std::move(host));
  }

  void check_headers(LwswsValue vhost) {
    const auto headers = vhost.member("headers");
    if (!headers) {
      return;
    }
    headers->for_each_element([&](LwswsValue entry) {
      if (!entry.is_object()) {
        findings_.error(at(entry), "a header must be an object: { \"name\": \"value\" }");
      }
      entry.for_each_member([&](const std::string& name, LwswsValue value) {
        if (!is_header_name(name) || !value.is_text()) {
          findings_.error(
              at(value),
              fmt::format("\"{}\" must be the name of a header, with a string", echo(name)));
        }
      });
    });
  }

  // Whether the virtual host has TLS.
  bool check_certificate(LwswsValue vhost) {
    const auto certificate = vhost.member("host-ssl-cert");
    const auto key = vhost.member("host-ssl-key");
    if (!certificate && !key) {
      return false;
    }
    if (!certificate || !key) {
      findings_.error(at(certificate ? *certificate : *key),
                      "TLS requires both host-ssl-cert and host-ssl-key");
      return true;
    }
    const std::string certificate_path = certificate->text().value_or("");
    const std::string key_path = key->text().value_or("");
    const auto found = check_tls(certificate_path, key_path, system_clock().wall_now());
    if (found) {
      findings_.fine(certificate_path, *found);
    } else {
      findings_.error(at(*certificate), found.error().message);
    }
    for (const std::string& path : {certificate_path, key_path}) {
      if (const std::string fault = findings_.access_fault(path); !fault.empty()) {
        findings_.error(path, fault);
      }
    }
    return true;
  }

  // One element of "ws-protocols".
  void check_protocols(LwswsValue entry, std::vector<std::string>& protocols) {
    if (!entry.is_object()) {
      findings_.error(at(entry), "a protocol must be an object: { \"ringside-ws\": { ... } }");
    }
    entry.for_each_member([&](const std::string& name, LwswsValue options) {
      if (!options.is_object()) {
        findings_.error(at(options),
                        fmt::format("\"{}\" must be an object: {{ ... }}", echo(name)));
      } else if (name == "ringside-ws") {
        check_ringside(options);
      } else if (is_ours(name)) {
        check_has_no_options(name, options);
      } else if (const std::string advice = suggestion_for(name, kProtocols); !advice.empty()) {
        findings_.error(at(options),
                        fmt::format("\"{}\" is not a protocol of Ringside{}", echo(name), advice));
      } else {
        findings_.note(
            at(options),
            fmt::format("\"{}\" is not a protocol of Ringside: without a plugin that has "
                        "it, the virtual host does not work",
                        echo(name)));
      }
      if (std::ranges::find(protocols, name) != protocols.end()) {
        findings_.error(at(options), fmt::format("\"{}\" is given twice: remove one", echo(name)));
      }
      protocols.push_back(name);
    });
  }

  void check_has_no_options(const std::string& protocol, LwswsValue options) {
    options.for_each_member([&](const std::string& name, LwswsValue value) {
      if (name != "status") {
        findings_.error(at(value),
                        fmt::format("{}: {} is not read here: ringside-ws has the options of all "
                                    "three protocols",
                                    protocol, echo(name)));
      }
    });
  }

  void check_ringside(LwswsValue options) {
    if (options.text_of("default") != "1") {
      findings_.error(
          at(options.member("default").value_or(options)),
          "ringside-ws must be marked \"default\": \"1\": browsers name no subprotocol");
    }
    std::vector<std::pair<std::string, std::string>> pairs;
    options.for_each_member([&](const std::string& name, LwswsValue value) {
      if (name == "status" || name == "default" || name == "raw") {
        return;
      }
      if (value.is_text()) {
        pairs.emplace_back(name, *value.text());
      } else {
        findings_.error(
            at(value),
            fmt::format("ringside-ws: {} must be a string: lwsws accepts only strings here",
                        echo(name)));
      }
    });
    const PluginOptionsResult loaded = load_plugin_options(pairs);
    for (const OptionError& error : loaded.errors) {
      findings_.error(at(options.member(error.name).value_or(options)),
                      fmt::format("ringside-ws: {} {}", echo(error.name), error.message));
    }
    facts_.run_dirs.push_back(
        {at(options.member("run-dir").value_or(options)), loaded.options.run_dir});
    if (loaded.errors.empty()) {
      check_keys_of_tokens(at(options.member("keys").value_or(options)), loaded.options);
      check_policies(options, loaded.options);
    }
  }

  void check_keys_of_tokens(const std::string& where, const PluginOptions& options);

  void check_policies(LwswsValue values, const PluginOptions& options) {
    const AccessConfig access =
        read_access_config(options.required_roles, options.restricted_fields, options.role_filters);
    const auto where = [&](const std::string& name) {
      return at(values.member(name).value_or(values));
    };
    if (const auto map = RoleMap::make(options.role_map); !map) {
      findings_.error(where("token-role-map"), "token-role-map: " + map.error().message);
    }
    for (const AccessConfigError& error : access.errors) {
      findings_.error(where(std::string(error.option)),
                      fmt::format("{}: {}", error.option, error.message));
    }
  }

  std::string path_;
  LwswsText file_;
  Findings& findings_;
  LwswsFacts& facts_;
};

void check_secret_file(const std::string& path, Findings& findings) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    findings.error(path,
                   fmt::format("is open to everyone: chmod {:o} {}", info.st_mode & 0770U, path));
  }
}

void LwswsFile::check_keys_of_tokens(const std::string& where, const PluginOptions& options) {
  if (options.keys.empty()) {
    findings_.error(where,
                    "keys: no key is configured; add \"keys\": \"HS256:/etc/ringside/jwt.secret\"");
  }
  for (const std::string& text : options.keys) {
    const auto source = parse_key_source(text);
    if (!source) {
      findings_.error(where, "keys: " + source.error().message);
      continue;
    }
    const auto keys = Keyset::load({*source});
    if (!keys) {
      findings_.error(where, "keys: " + keys.error().message);
      continue;
    }
    findings_.fine(source->path, fmt::format("{} key(s)", (*keys)->keys().size()));
    if (const std::string fault = findings_.access_fault(source->path); !fault.empty()) {
      findings_.error(source->path, fault);
    }
    if (name_of(source->algorithm).starts_with("HS") && !source->is_jwk_set) {
      check_secret_file(source->path, findings_);
    }
  }
}

}  // namespace

void check_lwsws(const std::string& path, const std::string& text, Findings& findings,
                 LwswsFacts& facts) {
  LwswsFile(path, text, findings, facts).check();
}

}  // namespace ringside::cli
