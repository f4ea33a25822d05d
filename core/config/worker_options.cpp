// ringside.toml: toml++ reads it (the only file that includes it: it is heavy), and one table says
// what may stand there. A file with five mistakes gets five messages, each with its line, because
// restarting a service once per mistake is no way to live.
#include "core/config/worker_options.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "core/config/binding.hpp"
#include "core/config/suggestion.hpp"

namespace ringside {
namespace {

using O = WorkerOptions;
using T = OptionType;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::string_view kDefaultMembers =
    "password, passwd, pwd, passphrase, passcode, pass, db_pass, user_pass, smtp_pass, "
    "mail_pass, mysql_pass, redis_pass, ftp_pass, ldap_pass, bind_pass, admin_pass, root_pass, "
    "pgpass, ssh_pass, sshpass, key_pass, store_pass, become_pass, auth_pass, requirepass, "
    "masterauth, secret, client_secret, token, access_token, refresh_token, id_token, "
    "session_token, auth_token, auth_key, api_key, apikey, access_key, secret_key, "
    "secret_access_key, private_key, privkey, ssh_key, deploy_key, signing_key, encryption_key, "
    "decryption_key, hmac_key, aes_key, master_key, account_key, shared_key, preshared_key, "
    "psk, storage_key, subscription_key, functions_key, license_key, authorization, "
    "proxy_authorization, bearer, jwt, otp, totp, mfa_code, security_code, recovery_code, "
    "backup_code, seed_phrase, mnemonic, cvv, cvc, cvv2, cvc2, cookie, set_cookie, credential, "
    "credentials";

#define RS_MEMBER(member) &SetMember<&O::member, O>::set, SetMember<&O::member, O>::kGranularityMs
constexpr std::array kBindings{
    Binding<O>{{"run_dir", T::kPath, "/run/ringside", 0, 0, false,
                "Where sockets, ring and control segment live."},
               RS_MEMBER(run_dir)},
    Binding<O>{
        {"state_dir", T::kPath, "", 0, 0, false,
         "Where revocations are kept over a reboot; empty: /var/lib/ringside, or with another "
         "run_dir the directory state in it."},
        RS_MEMBER(state_dir)},
    Binding<O>{{"log_level", T::kString, "info", 0, 0, true, "debug, info, warn or error."},
               RS_MEMBER(log_level)},
    Binding<O>{
        {"schema_dir", T::kPath, "/usr/share/ringside/schemas", 0, 0, true,
         "Event schemas, one file a type: TYPE.schema.json. Put your own types' beside them."},
        RS_MEMBER(schema_dir)},
    Binding<O>{{"ring.size", T::kBytes, "64MiB", 64ll << 10, 64ll << 30, false,
                "History that the ring holds, a power of two. Another size makes a new ring, with "
                "a new epoch."},
               RS_MEMBER(ring_bytes)},
    Binding<O>{{"events.max_line", T::kBytes, "256KiB", 1024, 16ll << 20, true,
                "The longest event. The ring must be at least eight times as large."},
               RS_MEMBER(max_line_bytes)},
    Binding<O>{{"events.max_producers", T::kInteger, "1024", 1, 65'536, true,
                "Producers connected to events.sock at once."},
               RS_MEMBER(max_producers)},
    Binding<O>{{"events.max_producers_per_uid", T::kInteger, "256", 1, 65'536, true,
                "Of these, how many may be of one user."},
               RS_MEMBER(max_producers_per_uid)},
    Binding<O>{{"events.socket_mode", T::kString, "0660", 0, 0, false,
                "File mode of events.sock and events.dgram, octal."},
               RS_MEMBER(socket_mode)},
    Binding<O>{{"events.allow_users", T::kStringList, "", 0, 0, true,
                "Users (names or ids) who may send events; empty: whoever the file mode lets in."},
               RS_MEMBER(allow_users)},
    Binding<O>{{"events.allow_groups", T::kStringList, "", 0, 0, true,
                "The same for groups. One match, of either list, is enough."},
               RS_MEMBER(allow_groups)},
    Binding<O>{{"events.max_depth", T::kInteger, "32", 4, 512, true,
                "How deep an event's JSON may be nested."},
               RS_MEMBER(max_depth)},
    Binding<O>{{"revocations.keep", T::kDuration, "0s", 0, 3650 * kDayMs, true,
                "How long a revocation without --for is kept: the longest lifetime of a token that "
                "your issuer makes; 0s: for ever, as tokens without an expiry need it."},
               RS_MEMBER(revocations_keep)},
    Binding<O>{{"redact.enabled", T::kBool, "true", 0, 0, true,
                "Whether secrets are replaced by \"[redacted]\" before anyone can read them."},
               RS_MEMBER(redact)},
    Binding<O>{
        {"redact.members", T::kStringList, kDefaultMembers, 0, 0, true,
         "Names whose value is redacted, whatever it is, wherever a name can be: members, keys in "
         "text, headers, variables. DB_PASSWORD, dbPassword and x-db-password are all named like "
         "password; password_file is not."},
        RS_MEMBER(redact_members)},
    Binding<O>{{"redact.keep", T::kStringList, "", 0, 0, true,
                "Names that are never redacted, although they look like one of redact.members."},
               RS_MEMBER(redact_keep)},
    Binding<O>{
        {"redact.patterns", T::kStringList, "jwt, pem, aws, token, url, card, assignment", 0, 0,
         true,
         "Built-in patterns of secrets to look for in text: jwt, pem, aws, token, url, card, "
         "assignment, email."},
        RS_MEMBER(redact_patterns)},
    Binding<O>{{"redact.pii", T::kStringList, "email, phone, iban, national_id", 0, 0, true,
                "Personal data to redact: email, phone, iban, national_id."},
               RS_MEMBER(redact_pii)},
    Binding<O>{{"redact.custom", T::kStringList, "", 0, 0, true,
                "Regular expressions (RE2) of your own; what they match is redacted."},
               RS_MEMBER(redact_custom)},
    Binding<O>{{"sources.host_metrics.enabled", T::kBool, "true", 0, 0, true,
                "CPU, memory, disks, network and load of this machine."},
               RS_MEMBER(host_metrics)},
    Binding<O>{{"sources.host_metrics.interval", T::kDuration, "5s", 100, kDayMs, true,
                "How often they are measured."},
               RS_MEMBER(host_metrics_interval)},
    Binding<O>{
        {"sources.host_metrics.check_interval", T::kDuration, "30s", 1000, kDayMs, true,
         "How often the machine's health is told (SystemHealthUpdate); a change is told at once."},
        RS_MEMBER(check_interval)},
    Binding<O>{{"sources.files.paths", T::kStringList, "", 0, 0, true,
                "Log files to follow, as globs: [\"/var/log/*.log\"]."},
               RS_MEMBER(log_files)},
    Binding<O>{{"sources.files.join_lines", T::kBool, "true", 0, 0, true,
                "Whether indented lines, as of a stack trace, are joined to the line before them."},
               RS_MEMBER(join_lines)},
    Binding<O>{{"sources.syslog.socket", T::kPath, "", 0, 0, true,
                "A datagram socket to make for syslog messages; empty for none."},
               RS_MEMBER(syslog_socket)},
    Binding<O>{{"sources.statsd.listen", T::kString, "", 0, 0, true,
                "Where StatsD datagrams are taken: \"127.0.0.1:8125\" or a socket's path; empty "
                "for none."},
               RS_MEMBER(statsd_listen)},
    Binding<O>{{"sources.statsd.interval", T::kDuration, "10s", 100, kDayMs, true,
                "How often StatsD values are summed up and told."},
               RS_MEMBER(statsd_interval)},
    Binding<O>{{"sources.journald.enabled", T::kBool, "false", 0, 0, true,
                "Follow this machine's journal."},
               RS_MEMBER(journald)},
};
#undef RS_MEMBER

constexpr auto kSpecs = [] {
  std::array<OptionSpec, kBindings.size()> specs{};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    specs[i] = kBindings[i].spec;
  }
  return specs;
}();

using Objection = std::optional<std::string>;

// Names the first of `list` that is not one of `known`.
Objection unknown_word(const std::vector<std::string>& list, std::string_view what,
                       const std::vector<std::string_view>& known) {
  for (const std::string& word : list) {
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      return fmt::format("knows no {} \"{}\"; use some of {}", what, word, fmt::join(known, ", "));
    }
  }
  return std::nullopt;
}

// What a type and a range cannot say.
Objection objection(const OptionSpec& spec, const OptionValue& value) {
  if (spec.name == "ring.size" && !std::has_single_bit(static_cast<std::uint64_t>(value.number))) {
    const auto above = std::bit_ceil(static_cast<std::uint64_t>(value.number));
    return fmt::format("must be a power of two, such as {} or {}",
                       format_bytes(static_cast<std::int64_t>(above / 2)),
                       format_bytes(static_cast<std::int64_t>(above)));
  }
  if (spec.name == "log_level" && value.text != "debug" && value.text != "info" &&
      value.text != "warn" && value.text != "error") {
    return "must be debug, info, warn or error, is \"" + value.text + "\"";
  }
  if (spec.name == "events.socket_mode" &&
      (value.text.size() < 3 || value.text.size() > 4 ||
       value.text.find_first_not_of("01234567") != std::string::npos)) {
    return "must be an octal file mode such as \"0660\", is \"" + value.text + "\"";
  }
  if (spec.type == T::kPath && !value.text.empty() && value.text.front() != '/') {
    return "must be an absolute path, is \"" + value.text + "\"";
  }
  if (spec.name == "redact.patterns") {
    return unknown_word(value.list, "pattern",
                        {"jwt", "pem", "aws", "token", "url", "card", "assignment", "email"});
  }
  if (spec.name == "redact.pii") {
    return unknown_word(value.list, "kind of personal data",
                        {"email", "phone", "iban", "national_id"});
  }
  return std::nullopt;
}

class Loader {
 public:
  WorkerOptionsResult result;

  void visit(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::size_t line = node.source().begin.line;
      if (const auto* const inner = node.as_table(); inner != nullptr && is_section(name)) {
        visit(*inner, name + '.');
        continue;
      }
      const auto* const binding = std::find_if(kBindings.begin(), kBindings.end(),
                                               [&](const auto& b) { return b.spec.name == name; });
      if (binding == kBindings.end()) {
        result.errors.push_back({name, "is not an option" + suggestion_for(name, kSpecs), line});
      } else {
        set(*binding, node, line);
      }
    }
  }

 private:
  static bool is_section(std::string_view name) {
    return std::any_of(kSpecs.begin(), kSpecs.end(), [&](const OptionSpec& spec) {
      return spec.name.size() > name.size() && spec.name.starts_with(name) &&
             spec.name[name.size()] == '.';
    });
  }

  void set(const Binding<O>& binding, const toml::node& node, std::size_t line) {
    const OptionSpec& spec = binding.spec;
    tl::expected<OptionValue, OptionError> value = read(spec, node);
    if (value) {
      if (auto why = objection(spec, *value)) {
        value = tl::unexpected(OptionError{std::string(spec.name), *why, 0});
      }
    }
    if (!value) {
      result.errors.push_back({value.error().name, value.error().message, line});
      return;
    }
    binding.set(result.options, *value);
  }

  // A TOML value as the option's type has it; numbers and booleans may stand bare, sizes and times
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
};

WorkerOptions default_options() {
  WorkerOptions options;
  for (const auto& binding : kBindings) {
    if (auto value = parse_option(binding.spec, binding.spec.default_text)) {
      binding.set(options, *value);
    }
  }
  return options;
}

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

std::span<const OptionSpec> worker_option_specs() noexcept { return kSpecs; }

WorkerOptionsResult parse_worker_options(std::string_view text, std::string_view file_name) {
  Loader loader;
  loader.result.options = default_options();
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

WorkerOptionsResult load_worker_options(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    WorkerOptionsResult result;
    result.options = default_options();
    result.errors.push_back({"", "cannot be read: " + std::string(std::strerror(errno)), 0});
    return result;
  }
  return parse_worker_options(text, path);
}

std::string default_worker_config() {
  std::string out =
      "# ringside.toml: the worker's configuration. Every option stands here with its default; "
      "uncomment what you change.\n"
      "# ringsided --check reads this file and says what is wrong with it. (r): taken over by "
      "`systemctl reload ringsided`.\n";
  std::string section;
  for (const OptionSpec& spec : kSpecs) {
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
