// Keys are looked at on each verification (one stat a file), so that a rotated key works at once
// and nobody has to reload.
#include "module/vhost.hpp"

#include <utility>

#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

// "NAME=role|role" as it stands in `roles` and `restrict`; an empty list opens the type.
Result<std::pair<std::string, std::vector<std::string>>> parse_rule(std::string_view option,
                                                                    std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return fail(std::string(option) + ": \"" + std::string(text) + "\" must be NAME=ROLE|ROLE");
  }
  std::pair<std::string, std::vector<std::string>> rule;
  rule.first = trim(text.substr(0, equals));
  for (const std::string_view role : split(text.substr(equals + 1), '|')) {
    if (!trim(role).empty()) {
      rule.second.emplace_back(trim(role));
    }
  }
  return rule;
}

Status apply_rules(const PluginOptions& options, AccessRules& rules) {
  for (const std::string& text : options.required_roles) {
    auto rule = parse_rule("roles", text);
    if (!rule) {
      return tl::unexpected(rule.error());
    }
    if (const Status done = rules.require_roles(rule->first, std::move(rule->second)); !done) {
      return fail_from(done.error(), "roles");
    }
  }
  for (const std::string& text : options.restricted_fields) {
    auto rule = parse_rule("restrict", text);
    if (!rule) {
      return tl::unexpected(rule.error());
    }
    if (const Status done = rules.restrict_field(rule->first, std::move(rule->second)); !done) {
      return fail_from(done.error(), "restrict");
    }
  }
  return {};
}

// The host and port of "scheme://host:port", lower-case comparison left to the caller; empty for
// "null" and the like.
std::string_view authority_of(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ? std::string_view() : origin.substr(scheme_end + 3);
}

}  // namespace

Vhost::Vhost(PluginOptions options, std::shared_ptr<Hub> hub, const Clock& clock)
    : options_(std::move(options)), hub_(std::move(hub)), clock_(clock) {
  token_rules_.issuer = options_.issuer;
  token_rules_.audience = options_.audience;
  token_rules_.leeway = options_.leeway;
  token_rules_.require_expiry = options_.require_expiry;
}

Result<std::unique_ptr<Vhost>> Vhost::make(PluginOptions options, std::shared_ptr<Hub> hub,
                                           const Clock& clock) {
  std::unique_ptr<Vhost> vhost(new Vhost(std::move(options), std::move(hub), clock));
  if (const Status applied = apply_rules(vhost->options_, vhost->rules_); !applied) {
    return tl::unexpected(applied.error());
  }
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

bool Vhost::try_begin_waiting(const std::string& address) {
  unsigned& from_there = waiting_[address];
  if (n_waiting_ >= options_.limit_awaiting_auth ||
      from_there >= options_.limit_awaiting_auth_per_address) {
    if (from_there == 0) {
      waiting_.erase(address);
    }
    return false;
  }
  ++from_there;
  ++n_waiting_;
  hub_->count(Counter::kConnectionsAwaitingAuth);
  return true;
}

void Vhost::end_waiting(const std::string& address) noexcept {
  const auto at = waiting_.find(address);
  if (at == waiting_.end()) {
    return;
  }
  if (--at->second == 0) {
    waiting_.erase(at);
  }
  --n_waiting_;
  hub_->uncount(Counter::kConnectionsAwaitingAuth);
}

}  // namespace ringside
