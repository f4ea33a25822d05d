// ringside token: makes a token for a person, a test or a script, and looks into one. A tool for
// development and for small installations; larger ones have an identity provider.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <iostream>
#include <iterator>
#include <memory>

#include "cli/command.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/auth/keyset.hpp"
#include "core/auth/token.hpp"
#include "core/base/read_file.hpp"
#include "core/base/text.hpp"
#include "core/event/type.hpp"
#include "core/policy/filter.hpp"

namespace ringside::cli {
namespace {

struct TokenOptions {
  std::string secret;
  std::string key;
  std::string user;
  std::vector<std::string> roles;
  std::string events;
  std::string filter;
  std::string ttl = "1h";
  std::string id;
  std::string kid;
  std::string issuer;
  std::string audience;
  std::vector<std::string> claims;
};

// Where script/server and the packages keep the secret.
std::string default_secret(const Globals& globals) {
  const std::string of_run_dir = globals.run_dir + "/jwt.secret";
  return ::access(of_run_dir.c_str(), F_OK) == 0 ? of_run_dir : "/etc/ringside/jwt.secret";
}

// The signing key: an HS256 secret by --secret, or any by --key ALGORITHM:FILE. Private PEM keys
// are read as they are.
Result<Key> signing_key(const TokenOptions& options) {
  auto source = parse_key_source(options.secret.empty() ? options.key : "HS256:" + options.secret);
  if (!source) {
    return fail_from(source.error(), "--key");
  }
  if (source->is_jwk_set) {
    return fail("--key: a JWK set has only public keys; sign with ALGORITHM:FILE");
  }
  Key key{options.kid.empty() ? source->id : options.kid, source->algorithm, {}};
  if (name_of(key.algorithm).starts_with("HS")) {
    // Read as the server reads it, which would refuse a short secret, too.
    const auto secrets = Keyset::load({*source});
    if (!secrets) {
      return tl::unexpected(secrets.error());
    }
    key.material = (*secrets)->keys().front().material;
    return key;
  }
  auto material = read_whole_file(source->path);
  if (!material) {
    return fail_from(material.error(), source->path);
  }
  key.material = std::move(*material);
  return key;
}

// Why the default may not be there, and what to do.
std::string default_secret_hint(const Globals& globals) {
  std::string hint =
      "; give the key with --secret FILE or --key ALGORITHM:FILE, or the directory of a server "
      "that has one with --run-dir";
  if (globals.run_dir != ".run" && ::access(".run/jwt.secret", F_OK) == 0) {
    hint += ", such as --run-dir .run";
  }
  return hint;
}

Result<Json> claims_of(const TokenOptions& options, const Clock& clock) {
  const auto ttl = parse_duration(options.ttl);
  if (!ttl) {
    return fail("--ttl must be a time such as 15m, 12h or 7d, is \"" + options.ttl + "\"");
  }
  const std::int64_t now = to_ns(clock.wall_now()) / 1'000'000'000;
  Json claims = Json::object();
  claims.set("sub", options.user).set("iat", now).set("exp", now + ttl->count() / 1000);
  Json roles = Json::array();
  for (const std::string& role : options.roles) {
    roles.append(role);
  }
  claims.set("role", roles);
  if (!options.events.empty()) {
    Json events = Json::array();
    for (const std::string_view name : split(options.events, ',')) {
      events.append(resolve_event_name(trim(name)));
    }
    claims.set("events", events);
  }
  if (!options.filter.empty()) {
    const auto filter = Json::parse(options.filter);
    if (!filter || !filter->ref().is_object()) {
      return fail("--filter must be a JSON object, such as '{\"metadata.team\":\"web\"}'");
    }
    if (const auto compiled = Filter::compile(filter->ref()); !compiled) {
      return fail("--filter: " + compiled.error().key + ": " + compiled.error().message);
    } else if ((*compiled)->since()) {
      return fail("--filter: a token's filter cannot have since");
    }
    claims.set("filter", *filter);
  }
  const auto set_text = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      claims.set(name, value);
    }
  };
  set_text("jti", options.id);
  set_text("iss", options.issuer);
  set_text("aud", options.audience);
  for (const std::string& claim : options.claims) {
    const auto equals = claim.find('=');
    const auto value = equals == std::string::npos
                           ? tl::unexpected(JsonError{})
                           : Json::parse(std::string_view(claim).substr(equals + 1));
    if (!value) {
      return fail("--claim must be NAME=JSON, such as team='\"web\"', is \"" + claim + "\"");
    }
    claims.set(std::string_view(claim).substr(0, equals), *value);
  }
  return claims;
}

int mint(const Globals& globals, TokenOptions options) {
  if (!options.secret.empty() && !options.key.empty()) {
    complain("token: give either --secret FILE or --key ALGORITHM:FILE");
    return kUsage;
  }
  if (options.user.empty()) {
    complain("token: --user is missing");
    return kUsage;
  }
  const bool is_default = options.secret.empty() && options.key.empty();
  if (is_default) {
    options.secret = default_secret(globals);
  }
  const auto key = signing_key(options);
  if (!key) {
    complain("token: " + key.error().message + (is_default ? default_secret_hint(globals) : ""));
    return kFailed;
  }
  const auto claims = claims_of(options, system_clock());
  if (!claims) {
    complain("token: " + claims.error().message);
    return kUsage;
  }
  const auto token = make_token(*key, *claims);
  if (!token) {
    complain("token: " + token.error().message);
    return kFailed;
  }
  return print(*token + "\n") ? kOk : kFailed;
}

// `expires` is a NumericDate that nobody has checked.
std::string describe_expiry(double expires) {
  constexpr double kWithinInteger = 1e15;
  const auto at = std::abs(expires) < kWithinInteger
                      ? wall_from_seconds(static_cast<std::int64_t>(expires), 0)
                      : std::nullopt;
  if (!at) {
    return fmt::format("at {:g} seconds since 1970, which is not a time between 1678 and 2261",
                       expires);
  }
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(*at - system_clock().wall_now());
  return fmt::format(
      "{} ({})", format_rfc3339(*at),
      left.count() > 0 ? "in " + describe_duration(left) : describe_duration(-left) + " ago");
}

// A token that is over and still accepted needs an explanation.
std::string leeway_note(const Json& claims) {
  const auto expires = claims["exp"].as_number();
  const double now = static_cast<double>(to_ns(system_clock().wall_now())) / 1e9;
  return expires && *expires < now
             ? fmt::format(", within the leeway of {} s that the server gives, too",
                           TokenRules{}.leeway.count())
             : std::string();
}

int inspect(const TokenOptions& options, std::string token) {
  if (token == "-") {
    token.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  const auto inspected = inspect_token(token);
  if (!inspected) {
    complain("token inspect: it " + inspected.error().message);
    return kFailed;
  }
  std::string out = "header  " + escape_controls(inspected->header.dump()) + "\nclaims  " +
                    escape_controls(inspected->claims.dump()) + "\n";
  if (const auto expires = inspected->claims["exp"].as_number()) {
    out += "expires " + describe_expiry(*expires) + "\n";
  }
  int status = kOk;
  if (!options.secret.empty() || !options.key.empty()) {
    auto source =
        parse_key_source(options.secret.empty() ? options.key : "HS256:" + options.secret);
    auto keys = source ? Keyset::load({*source})
                       : Result<std::shared_ptr<const Keyset>>(tl::unexpected(source.error()));
    if (!keys) {
      complain("token inspect: " + keys.error().message);
      return kFailed;
    }
    const VerifiedToken verified = verify_token(trim(token), **keys, TokenRules{}, system_clock());
    const bool good = verified.outcome == TokenOutcome::kValid;
    out += "verdict " + paint(1, good ? Color::kGreen : Color::kRed, name_of(verified.outcome)) +
           (good ? leeway_note(inspected->claims) : "") + "\n";
    status = good ? kOk : kBadResult;
  }
  return print(out) ? status : kFailed;
}

}  // namespace

void add_token(CLI::App& app, const Globals& globals, Run& run) {
  auto options = std::make_shared<TokenOptions>();
  auto text = std::make_shared<std::string>("-");
  CLI::App* command = app.add_subcommand("token", "create a token, or inspect one");
  const auto add_key_options = [&](CLI::App* to) {
    to->add_option("--secret", options->secret,
                   "file with an HS256 secret (to sign, the default is jwt.secret of the run "
                   "directory, or /etc/ringside/jwt.secret)");
    to->add_option("--key", options->key, "ALGORITHM:FILE, such as RS256:private.pem");
  };
  add_key_options(command);
  command->add_option("--user", options->user, "the user (claim sub)");
  command->add_option("--role", options->roles, "a role; can be repeated");
  command->add_option("--events", options->events,
                      "restrict the token to these event types, comma-separated");
  command->add_option("--filter", options->filter,
                      "restrict the token to the events that these filters pass, as JSON");
  command->add_option("--ttl", options->ttl, "how long it is valid: 15m, 12h, 7d")
      ->capture_default_str();
  command->add_option("--jti", options->id, "the id of the token, to revoke it alone (claim jti)");
  command->add_option("--kid", options->kid, "the id of the key, for the header");
  command->add_option("--issuer", options->issuer, "claim iss");
  command->add_option("--audience", options->audience, "claim aud");
  command->add_option("--claim", options->claims, "NAME=JSON, any other claim; can be repeated");
  CLI::App* look = command->add_subcommand(
      "inspect", "print the claims of a token; with a key, also whether it is valid");
  add_key_options(look);
  look->add_option("token", *text, "the token; - or nothing: standard input");
  look->callback(
      [&run, options, text] { run = [options, text] { return inspect(*options, *text); }; });
  command->footer(
      "Examples:\n"
      "  ringside token --user alice --role admin --ttl 8h\n"
      "  ringside token --key ES256:kid=2026:private.pem --user ci --events task,log --ttl 15m\n"
      "  ringside token --secret jwt.secret --user tom --filter '{\"metadata.team\":\"web\"}'\n"
      "  ringside token inspect --secret /etc/ringside/jwt.secret < token");
  command->callback([&run, &globals, options] {
    if (!run) {
      run = [&globals, options] { return mint(globals, *options); };
    }
  });
}

}  // namespace ringside::cli
