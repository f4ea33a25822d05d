// ringside.toml: toml++ reads it (the only file that includes it: it is heavy), and one table says
// what may be there. A file with five mistakes gets five messages, each with its line, because
// restarting a service once per mistake is no way to live.
#include "core/config/worker_options.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "core/base/read_file.hpp"
#include "core/config/binding.hpp"
#include "core/config/option_checks.hpp"
#include "core/config/suggestion.hpp"

namespace ringside {
namespace {

using O = WorkerOptions;
using T = OptionType;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::string_view kDefaultMembers =
    "password, passwd, pwd, pw, rootpw, passphrase, passcode, pass, db_pass, user_pass, smtp_pass, "
    "mail_pass, mysql_pass, redis_pass, ftp_pass, ldap_pass, bind_pass, admin_pass, root_pass, "
    "pgpass, ssh_pass, sshpass, key_pass, store_pass, become_pass, auth_pass, requirepass, "
    "masterauth, redis_auth, rediscli_auth, secret, client_secret, token, access_token, "
    "refresh_token, id_token, "
    "session_token, auth_token, auth_key, api_key, apikey, access_key, secret_key, "
    "secret_access_key, private_key, privkey, ssh_key, deploy_key, signing_key, encryption_key, "
    "decryption_key, hmac_key, aes_key, master_key, account_key, shared_key, preshared_key, "
    "psk, ssl_key, tls_key, client_key, server_key, app_key, application_key, service_key, "
    "write_key, root_key, seal_key, "
    "unseal_key, recovery_key, fernet_key, session_key, cipher_key, connection_string, conn_str, "
    "webhook_url, "
    "storage_key, subscription_key, functions_key, license_key, activation_key, "
    "snmp_community, community_string, dockerconfigjson, authorization, "
    "proxy_authorization, bearer, jwt, otp, totp, mfa_code, security_code, recovery_code, "
    "one_time_code, verification_code, login_code, authorization_code, pin_code, security_answer, "
    "sms_code, two_factor_code, 2fa_code, tfa_code, auth_code, authentication_code, "
    "confirmation_code, reset_code, access_code, unlock_code, activation_code, sign_in_code, pin, "
    "puk, "
    "jsessionid, phpsessid, asp_net_sessionid, "
    "connect_sid, passwort, kennwort, mot_de_passe, contrasena, contraseña, senha, wachtwoord, "
    "haslo, hasło, пароль, 密码, 密碼, パスワード, 비밀번호, "
    "backup_code, seed_phrase, mnemonic, cvv, cvc, cvv2, cvc2, cookie, set_cookie, credential, "
    "credentials";

constexpr std::array kBindings{
    bind_option<&O::run_dir, O>({"run_dir", T::kPath, "/run/ringside", 0, 0, false,
                                 "Where sockets, ring and control segment live.",
                                 &option_checks::absolute_path}),
    bind_option<&O::state_dir, O>(
        {"state_dir", T::kPath, "", 0, 0, false,
         "Where revocations are kept over a reboot; empty: /var/lib/ringside, or with another "
         "run_dir the directory state in it.",
         &option_checks::absolute_path_or_empty}),
    bind_option<&O::log_level, O>({"log_level", T::kString, "info", 0, 0, true,
                                   "debug, info, warn or error.", &option_checks::log_level}),
    bind_option<&O::log_format, O>(
        {"log_format", T::kString, "text", 0, 0, true,
         "text, or json: one object a line, with time, level, program, pid and message.",
         &option_checks::log_format}),
    bind_option<&O::schema_dir, O>({"schema_dir", T::kPath, "/usr/share/ringside/schemas", 0, 0,
                                    true,
                                    "Event schemas, one file for each type: TYPE.schema.json. Put "
                                    "those of your own types there, too.",
                                    &option_checks::absolute_path}),
    bind_option<&O::ring_bytes, O>(
        {"ring.size", T::kBytes, "64MiB", 64ll << 10, 64ll << 30, false,
         "Bytes of history in memory, a power of two. With another size, the worker's next start "
         "copies the history into a new ring.",
         &option_checks::power_of_two}),
    bind_option<&O::history_enabled, O>(
        {"history.enabled", T::kBool, "true", 0, 0, false,
         "Whether events are kept on disk, too: over a reboot, and for longer than the ring has "
         "room. Without this, history is in memory only."}),
    bind_option<&O::history_dir, O>(
        {"history.dir", T::kPath, "", 0, 0, false,
         "The directory for it; empty: history in state_dir. The web server's user must be able to "
         "read it.",
         &option_checks::absolute_path_or_empty}),
    bind_option<&O::history_bytes, O>(
        {"history.size", T::kBytes, "10GiB", 4ll << 20, 64ll << 40, true,
         "How much of it is kept; the oldest events are removed first."}),
    bind_option<&O::history_age, O>({"history.age", T::kDuration, "7d", 60'000, 3650 * kDayMs, true,
                                     "How long an event is kept."}),
    bind_option<&O::history_sync, O>(
        {"history.sync", T::kString, "1s", 0, 0, true,
         "How often it is synced to the disk, 100ms to 1min: so much can be lost when the machine "
         "loses power. Or \"batch\": acknowledgements wait until the disk has the events.",
         &option_checks::history_sync}),
    bind_option<&O::max_line_bytes, O>(
        {"events.max_line", T::kBytes, "256KiB", 1024, 16ll << 20, true,
         "The longest event. The ring must be at least eight times as large."}),
    bind_option<&O::max_producers, O>({"events.max_producers", T::kInteger, "1024", 1, 65'536, true,
                                       "Producers connected to events.sock at once."}),
    bind_option<&O::max_producers_per_uid, O>({"events.max_producers_per_uid", T::kInteger, "256",
                                               1, 65'536, true,
                                               "The part of them that one user may have."}),
    bind_option<&O::socket_mode, O>({"events.socket_mode", T::kString, "0660", 0, 0, false,
                                     "File mode of events.sock and events.dgram, octal.",
                                     &option_checks::file_mode}),
    bind_option<&O::allow_users, O>(
        {"events.allow_users", T::kStringList, "", 0, 0, true,
         "Users (names or ids) who may send events; empty: all whom the file mode admits."}),
    bind_option<&O::allow_groups, O>(
        {"events.allow_groups", T::kStringList, "", 0, 0, true,
         "The same for groups. One match, of either list, is enough."}),
    bind_option<&O::max_depth, O>({"events.max_depth", T::kInteger, "32", 4, 512, true,
                                   "How deep an event's JSON may be nested."}),
    bind_option<&O::http_enabled, O>(
        {"http.enabled", T::kBool, "true", 0, 0, false,
         "Whether events that the web server gets with POST are taken. Without this there is no "
         "ingest.sock, and the web server cannot write an event."}),
    bind_option<&O::http_max_requests, O>(
        {"http.max_requests", T::kInteger, "256", 1, 65'536, true,
         "Requests with events that are taken at once; others get 503."}),
    bind_option<&O::http_max_otlp, O>({"http.max_otlp", T::kBytes, "4MiB", 64ll << 10, 64ll << 20,
                                       true,
                                       "The largest OTLP message, inflated; larger ones get 413."}),
    bind_option<&O::http_key_memory, O>(
        {"http.key_memory", T::kBytes, "8MiB", 0, 1ll << 30, true,
         "Memory for Idempotency-Keys, which are remembered for a day at most; one user has an "
         "eighth of it at most."}),
    bind_option<&O::jwks_uri, O>(
        {"jwks.uri", T::kString, "", 0, 0, true,
         "Where an identity provider has its public keys (a JWK set): an https:// address. They "
         "are fetched into jwks.file, which the plugin reads with the option keys, as jwks:FILE.",
         &option_checks::https_address}),
    bind_option<&O::jwks_file, O>({"jwks.file", T::kString, "", 0, 0, true,
                                   "The file for these keys; empty: jwks.json in run_dir.",
                                   &option_checks::absolute_path_or_empty}),
    bind_option<&O::jwks_interval, O>({"jwks.interval", T::kDuration, "15min", 1000, 7 * kDayMs,
                                       true,
                                       "How often they are fetched, and the longest wait after "
                                       "failures."}),
    bind_option<&O::jwks_ca_file, O>({"jwks.ca_file", T::kString, "", 0, 0, true,
                                      "Certificates that the address is verified with; empty: "
                                      "those of the system.",
                                      &option_checks::absolute_path_or_empty}),
    bind_option<&O::revocations_keep, O>(
        {"revocations.keep", T::kDuration, "0s", 0, 3650 * kDayMs, true,
         "How long a revocation without --for is kept: the longest lifetime of a token that "
         "your issuer makes; 0s: without an end, as tokens without an expiry need it."}),
    bind_option<&O::redact, O>(
        {"redact.enabled", T::kBool, "true", 0, 0, true,
         "Whether secrets are replaced by \"[redacted]\" before anyone can read them."}),
    bind_option<&O::redact_members, O>(
        {"redact.members", T::kStringList, kDefaultMembers, 0, 0, true,
         "Names whose value is redacted, whatever it is, wherever a name can be: members, keys in "
         "text, headers, variables. DB_PASSWORD, dbPassword and x-db-password are all named like "
         "password; password_file is not."}),
    bind_option<&O::redact_keep, O>(
        {"redact.keep", T::kStringList, "", 0, 0, true,
         "Names that are never redacted, although they look like one of redact.members."}),
    bind_option<&O::redact_patterns, O>(
        {"redact.patterns", T::kStringList, "jwt, pem, aws, token, url, card, assignment", 0, 0,
         true,
         "Built-in patterns of secrets to look for in text: jwt, pem, aws, token, url, card, "
         "assignment, email.",
         &option_checks::redact_patterns}),
    bind_option<&O::redact_pii, O>(
        {"redact.pii", T::kStringList, "email, phone, iban, national_id", 0, 0, true,
         "Personal data to redact: email, phone, iban, national_id.", &option_checks::redact_pii}),
    bind_option<&O::redact_custom, O>(
        {"redact.custom", T::kStringList, "", 0, 0, true,
         "Regular expressions (RE2) of your own; matches are redacted."}),
};

// All rows of the file, in its order: those above, and [cluster].
constexpr auto kAllBindings = [] {
  std::array<Binding<O>, kBindings.size() + kClusterBindings<O>.size()> all{};
  std::copy(kBindings.begin(), kBindings.end(), all.begin());
  std::copy(kClusterBindings<O>.begin(), kClusterBindings<O>.end(), all.begin() + kBindings.size());
  return all;
}();
constexpr auto kSpecs = specs_of(kAllBindings);

class Loader {
 public:
  explicit Loader(std::span<const OptionSpec> sources) : specs_(kSpecs.begin(), kSpecs.end()) {
    specs_.insert(specs_.end(), sources.begin(), sources.end());
    for (const OptionSpec& spec : sources) {
      result.options.source_values.emplace(spec.name, default_of(spec));
    }
  }

  WorkerOptionsResult result;

  void visit(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::size_t line = node.source().begin.line;
      if (const auto* const inner = node.as_table(); inner != nullptr && is_section(name)) {
        visit(*inner, name + '.');
        continue;
      }
      const auto spec =
          std::ranges::find_if(specs_, [&](const OptionSpec& s) { return s.name == name; });
      if (spec == specs_.end()) {
        result.errors.push_back({name, "is not an option" + suggestion_for(name, specs_), line});
      } else {
        set(*spec, node, line);
      }
    }
  }

 private:
  [[nodiscard]] bool is_section(std::string_view name) const {
    return std::ranges::any_of(specs_, [&](const OptionSpec& spec) {
      return spec.name.size() > name.size() && spec.name.starts_with(name) &&
             spec.name[name.size()] == '.';
    });
  }

  void set(const OptionSpec& spec, const toml::node& node, std::size_t line) {
    tl::expected<OptionValue, OptionError> value = read(spec, node);
    if (value) {
      if (auto why = check_option(spec, *value)) {
        value = tl::unexpected(OptionError{std::string(spec.name), *why, 0});
      }
    }
    if (!value) {
      result.errors.push_back({value.error().name, value.error().message, line});
    } else if (const auto* const binding = find_binding(kAllBindings, spec.name)) {
      binding->set(result.options, *value);
    } else {
      result.options.source_values[std::string(spec.name)] = std::move(*value);
    }
  }

  // A TOML value as the option's type has it; numbers and booleans may be bare, sizes and times
  // are strings.
  static tl::expected<OptionValue, OptionError> read(const OptionSpec& spec,
                                                     const toml::node& node) {
    const auto wrong = [&](std::string_view what) {
      return tl::unexpected(
          OptionError{std::string(spec.name), fmt::format("must be {}", what), 0});
    };
    if (spec.type == T::kStringList) {
      const auto* const array = node.as_array();
      if (array == nullptr) {
        return wrong("a list of strings, such as [\"a\", \"b\"]");
      }
      OptionValue value;
      for (const toml::node& element : *array) {
        const auto text = element.value_exact<std::string>();
        if (!text) {
          return wrong("a list of strings, such as [\"a\", \"b\"]");
        }
        value.list.push_back(*text);
      }
      return value;
    }
    if (const auto text = node.value_exact<std::string>()) {
      if (spec.type == T::kBool || spec.type == T::kInteger) {
        return wrong(spec.type == T::kBool ? "true or false, without quotes"
                                           : "a whole number, without quotes");
      }
      return parse_option(spec, *text);
    }
    if (const auto number = node.value_exact<std::int64_t>();
        number && spec.type != T::kBool && spec.type != T::kString && spec.type != T::kPath) {
      return parse_option(spec, std::to_string(*number));
    }
    if (const auto flag = node.value_exact<bool>(); flag && spec.type == T::kBool) {
      return parse_option(spec, *flag ? "true" : "false");
    }
    return wrong(spec.type == T::kBool       ? "true or false"
                 : spec.type == T::kInteger  ? "a whole number"
                 : spec.type == T::kBytes    ? "a size such as \"16MiB\""
                 : spec.type == T::kDuration ? "a time such as \"10s\""
                                             : "a string");
  }

  std::vector<OptionSpec> specs_;
};

std::string toml_value(const OptionSpec& spec) {
  switch (spec.type) {
    case T::kBool:
    case T::kInteger:
      return std::string(spec.default_text);
    case T::kStringList: {
      const auto parsed = parse_option(spec, spec.default_text);
      return fmt::format("[{}{}{}]", parsed->list.empty() ? "" : "\"",
                         fmt::join(parsed->list, "\", \""), parsed->list.empty() ? "" : "\"");
    }
    default:
      return fmt::format("\"{}\"", spec.default_text);
  }
}

}  // namespace

WorkerOptions::WorkerOptions() { set_defaults(*this, kAllBindings); }

std::span<const OptionSpec> worker_option_specs() noexcept { return kSpecs; }

WorkerOptionsResult parse_worker_options(std::string_view text, std::string_view file_name,
                                         std::span<const OptionSpec> sources) {
  Loader loader(sources);
  try {
    loader.visit(toml::parse(text, file_name), "");
  } catch (const toml::parse_error& error) {
    loader.result.errors.push_back(
        {"", std::string(error.description()), error.source().begin.line});
  }
  const WorkerOptions& options = loader.result.options;
  if (loader.result.errors.empty() && options.ring_bytes < options.max_line_bytes * 8) {
    loader.result.errors.push_back(
        {"ring.size",
         fmt::format("must be at least eight times events.max_line, which is {}",
                     format_bytes(static_cast<std::int64_t>(options.max_line_bytes))),
         0});
  }
  std::sort(loader.result.errors.begin(), loader.result.errors.end(),
            [](const OptionError& a, const OptionError& b) { return a.line < b.line; });
  return std::move(loader.result);
}

WorkerOptionsResult load_worker_options(const std::string& path,
                                        std::span<const OptionSpec> sources) {
  const auto text = read_whole_file(path);
  if (!text) {
    WorkerOptionsResult result;
    result.errors.push_back({"", text.error().message, 0});
    return result;
  }
  return parse_worker_options(*text, path, sources);
}

std::string default_worker_config(std::span<const OptionSpec> sources) {
  std::string out =
      "# ringside.toml: the worker's configuration. Every option is listed with its default; "
      "uncomment what you change.\n"
      "# `ringside check` validates this file. (r): applied by "
      "`systemctl reload ringsided`.\n";
  std::string section;
  std::vector<OptionSpec> specs(kSpecs.begin(), kSpecs.end());
  specs.insert(specs.end(), sources.begin(), sources.end());
  for (const OptionSpec& spec : specs) {
    const auto dot = spec.name.rfind('.');
    const std::string_view in =
        dot == std::string_view::npos ? std::string_view() : spec.name.substr(0, dot);
    if (in != section) {
      section = in;
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("\n# {}{}\n", spec.help, spec.reloadable ? " (r)" : "");
    if (spec.max != 0 && spec.type == T::kBytes) {
      out += fmt::format("# {} to {}.\n", format_bytes(spec.min), format_bytes(spec.max));
    } else if (spec.max != 0 && spec.type == T::kDuration) {
      out +=
          fmt::format("# {} to {}.\n", format_duration_ms(spec.min), format_duration_ms(spec.max));
    } else if (spec.max != 0) {
      out += fmt::format("# {} to {}.\n", spec.min, spec.max);
    }
    out += fmt::format("#{} = {}\n",
                       dot == std::string_view::npos ? spec.name : spec.name.substr(dot + 1),
                       toml_value(spec));
  }
  return out;
}

}  // namespace ringside
