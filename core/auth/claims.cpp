// Each claim is optional but `sub`, and null is the same as absent; but one that is there and of the wrong kind refuses the
// token: what it was meant to narrow is not known then.
#include "core/auth/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxUserBytes = 256;
constexpr std::size_t kMaxListed = 100;  // roles, events

bool is_null(JsonRef claim) { return !claim.present() || claim.kind() == JsonKind::kNull; }

// A NumericDate (RFC 7519 section 2): seconds, fractions allowed.
bool read_time(JsonRef claim, std::optional<WallTime>& out) {
  if (is_null(claim)) {
    return true;
  }
  const auto seconds = claim.as_number();
  constexpr double kLatest = 9e9;  // what 64-bit nanoseconds can hold, about the year 2255
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0) {
    return false;
  }
  // Whole seconds and the rest apart: as one double, nanoseconds since 1970 would be rounded.
  double whole = 0;
  const double fraction = std::modf(std::min(*seconds, kLatest), &whole);
  out = wall_from_ns(static_cast<std::int64_t>(whole) * 1'000'000'000 +
                     static_cast<std::int64_t>(fraction * 1e9));
  return true;
}

bool read_names(JsonRef claim, std::vector<std::string>& out) {
  if (const auto one = claim.as_string()) {
    out.emplace_back(*one);
    return true;
  }
  if (!claim.is_array() || claim.size() > kMaxListed) {
    return false;
  }
  for (std::size_t i = 0; i < claim.size(); ++i) {
    const auto text = claim[i].as_string();
    if (!text) {
      return false;
    }
    out.emplace_back(*text);
  }
  return true;
}

// The claim that a member's name, a JSON pointer (RFC 6901) or a dotted path names, in this order:
// "cognito:groups", "https://example.com/roles", "/realm_access/roles", "realm_access.roles".
JsonRef claim_at(JsonRef claims, std::string_view path) {
  if (const JsonRef direct = claims[path]; direct.present() || !path.starts_with('/')) {
    return direct.present() ? direct : claims.at_path(path);
  }
  JsonRef at = claims;
  for (const std::string_view step : split(path.substr(1), '/')) {
    std::string name;
    for (std::size_t i = 0; i < step.size(); ++i) {
      const bool is_escape = step[i] == '~' && i + 1 < step.size();
      name += is_escape ? (step[++i] == '1' ? '/' : '~') : step[i];
    }
    at = at[name];
  }
  return at;
}

// A string has one role, or several with blanks between (`scope`, RFC 8693); an object has those that
// its members are named after.
bool read_roles(JsonRef claims, std::string_view path, std::vector<std::string>& out) {
  const JsonRef claim = claim_at(claims, path);
  if (is_null(claim)) {
    return true;
  }
  if (claim.is_object() && path != "role") {
    claim.for_each_member([&](std::string_view name, JsonRef) {
      out.emplace_back(name);
      return true;
    });
    return out.size() <= kMaxListed;
  }
  if (const auto text = claim.as_string(); text && path != "role") {
    for (const std::string_view word : split(*text, ' ')) {
      if (!word.empty()) {
        out.emplace_back(word);
      }
    }
    return out.size() <= kMaxListed;
  }
  return read_names(claim, out);
}

// The claim `filter`, in the language of a subscription's filters. Nothing, and why, when it cannot be evaluated: a token
// whose rows are unknown opens nothing.
bool read_row_filter(JsonRef claim, const FilterLimits& limits, std::shared_ptr<const Filter>& out,
                     std::string& why) {
  if (is_null(claim)) {
    return true;
  }
  if (!claim.is_object()) {
    why = "the claim filter must be an object of filters";
    return false;
  }
  auto compiled = Filter::compile(claim, limits);
  if (!compiled) {
    why = fmt::format("the claim filter cannot be used: {}: {}", compiled.error().key,
                      compiled.error().message);
    return false;
  }
  if ((*compiled)->since()) {
    why = "the claim filter cannot have since";
    return false;
  }
  out = std::move(*compiled);
  return true;
}

}  // namespace

std::optional<Claims> read_claims(JsonRef claims, const TokenRules& rules, std::string& why) {
  Claims out;
  Identity& who = out.identity;
  const auto user = claims["sub"].as_string();
  if (!user || user->empty() || user->size() > kMaxUserBytes) {
    why = "the claim sub must be a string of 1 to 256 bytes";
    return std::nullopt;
  }
  who.user = *user;
  if (!read_roles(claims, rules.role_claim, who.roles)) {
    why = fmt::format("the claim {} must be a string or an array of at most {} strings",
                      rules.role_claim, kMaxListed);
    return std::nullopt;
  }
  who.roles = rules.role_map.roles_of(std::move(who.roles));
  if (!read_row_filter(claims["filter"], rules.filter_limits, who.filter, why)) {
    return std::nullopt;
  }
  if (!is_null(claims["events"])) {
    who.events.emplace();
    if (!claims["events"].is_array() || !read_names(claims["events"], *who.events)) {
      why = "the claim events must be an array of strings";
      return std::nullopt;
    }
  }
  if (!is_null(claims["jti"]) && !claims["jti"].is_string()) {
    why = "the claim jti must be a string";
    return std::nullopt;
  }
  who.token_id = claims["jti"].as_string().value_or("");
  if (!read_time(claims["exp"], who.expires) || !read_time(claims["iat"], who.issued) ||
      !read_time(claims["nbf"], out.not_before)) {
    why = "the claims exp, nbf and iat must be numbers";
    return std::nullopt;
  }
  return out;
}

bool names_audience(JsonRef claim, std::string_view audience) {
  std::vector<std::string> names;
  return read_names(claim, names) && std::find(names.begin(), names.end(), audience) != names.end();
}

}  // namespace ringside
