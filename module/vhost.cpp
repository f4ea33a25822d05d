// Keys are looked at on each verification (one stat a file), so that a rotated key works at once
// and nobody has to reload.
#include "module/vhost.hpp"

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/policy/access_config.hpp"

namespace ringside {

FilterLimits filter_limits_of(const PluginOptions& options) {
  FilterLimits limits;
  limits.max_bytes = options.limit_filter_bytes;
  limits.max_search_bytes = std::min(limits.max_search_bytes, options.limit_filter_bytes / 2);
  return limits;
}

Vhost::Vhost(PluginOptions options, std::shared_ptr<Hub> hub, const Clock& clock)
    : options_(std::move(options)),
      hub_(std::move(hub)),
      clock_(clock),
      waiting_room_(options_.limit_awaiting_auth, options_.limit_awaiting_auth_per_address),
      ingest_room_(options_.limit_ingests, options_.limit_ingests_per_user),
      hosts_(options_.allowed_hosts),
      refusals_(clock) {
  token_rules_.issuer = options_.issuer;
  token_rules_.audience = options_.audience;
  token_rules_.leeway = options_.leeway;
  token_rules_.require_expiry = options_.require_expiry;
  token_rules_.role_claim = options_.role_claim;
  token_rules_.filter_limits = filter_limits_of(options_);
}

Result<std::unique_ptr<Vhost>> Vhost::make(PluginOptions options, std::shared_ptr<Hub> hub,
                                           const Clock& clock) {
  std::unique_ptr<Vhost> vhost(new Vhost(std::move(options), std::move(hub), clock));
  AccessConfig access =
      read_access_config(vhost->options_.required_roles, vhost->options_.restricted_fields,
                         vhost->options_.role_filters);
  if (!access.errors.empty()) {
    return fail(access.errors.front().option + ": " + access.errors.front().message);
  }
  vhost->rules_ = std::move(access.rules);
  auto role_map = RoleMap::make(vhost->options_.role_map);
  if (!role_map) {
    return fail_from(role_map.error(), "token-role-map");
  }
  vhost->token_rules_.role_map = std::move(*role_map);
  std::vector<KeySource> sources;
  for (const std::string& text : vhost->options_.keys) {
    auto source = parse_key_source(text);
    if (!source) {
      return fail_from(source.error(), "keys");
    }
    sources.push_back(std::move(*source));
  }
  if (sources.empty()) {
    return fail("keys: no key is configured, so no token could ever be verified");
  }
  auto opened = KeysetFile::open(std::move(sources));
  if (!opened) {
    return fail_from(opened.error(), "keys");
  }
  vhost->keys_ = std::move(*opened);
  vhost->hub_->set_background_slice(vhost->options_.work_slice);
  return vhost;
}

Vhost::Verified Vhost::verify(std::string_view token) {
  if (keys_->refresh()) {
    log::info("the keys changed and were read again");
  }
  Verified out;
  out.token = verify_token(token, *keys_->current(), token_rules_, clock_);
  const Identity& who = out.token.identity;
  out.revoked = out.token.outcome == TokenOutcome::kValid && hub_->control() != nullptr &&
                hub_->control()->is_revoked(who.user, who.token_id, who.issued);
  if (out.token.outcome != TokenOutcome::kValid || out.revoked) {
    hub_->count(Counter::kAuthFailures);
  }
  return out;
}

bool Vhost::origin_allowed(std::string_view origin, std::string_view host) const {
  if (origin.empty() || is_same_host(origin, host)) {
    return true;
  }
  return std::ranges::any_of(options_.origins, [&](const std::string& allowed) {
    return allowed == "*" || is_same_origin(allowed, origin);
  });
}

}  // namespace ringside
