// Keys are looked at on each verification (one stat a file), so that a rotated key works at once
// and nobody has to reload.
#include "module/vhost.hpp"

#include <utility>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/policy/access_config.hpp"

namespace ringside {
namespace {

// The host and port of "scheme://host:port", lower-case comparison left to the caller; empty for
// "null" and the like.
std::string_view authority_of(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ? std::string_view() : origin.substr(scheme_end + 3);
}

}  // namespace

Vhost::Vhost(PluginOptions options, std::shared_ptr<Hub> hub, const Clock& clock)
    : options_(std::move(options)),
      hub_(std::move(hub)),
      clock_(clock),
      waiting_room_(options_.limit_awaiting_auth, options_.limit_awaiting_auth_per_address) {
  token_rules_.issuer = options_.issuer;
  token_rules_.audience = options_.audience;
  token_rules_.leeway = options_.leeway;
  token_rules_.require_expiry = options_.require_expiry;
}

Result<std::unique_ptr<Vhost>> Vhost::make(PluginOptions options, std::shared_ptr<Hub> hub,
                                           const Clock& clock) {
  std::unique_ptr<Vhost> vhost(new Vhost(std::move(options), std::move(hub), clock));
  AccessConfig access =
      read_access_config(vhost->options_.required_roles, vhost->options_.restricted_fields);
  if (!access.errors.empty()) {
    return fail(access.errors.front().option + ": " + access.errors.front().message);
  }
  vhost->rules_ = std::move(access.rules);
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
  if (origin.empty()) {
    return true;
  }
  if (!host.empty() && equals_ignoring_case(authority_of(origin), host)) {
    return true;
  }
  for (const std::string& allowed : options_.origins) {
    if (allowed == "*" || equals_ignoring_case(allowed, origin)) {
      return true;
    }
  }
  return false;
}

}  // namespace ringside
