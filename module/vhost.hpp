#pragma once
// Vhost: the plugin's side of one lws vhost: its options, its access rules, its keys, and the hub
// it serves from. Threads: the lws service thread only.

#include <memory>
#include <string>

#include "core/auth/keyset.hpp"
#include "core/auth/token.hpp"
#include "core/base/result.hpp"
#include "core/config/plugin_options.hpp"
#include "core/policy/access.hpp"
#include "module/host_names.hpp"
#include "module/hub.hpp"
#include "module/refusal_log.hpp"
#include "module/waiting_room.hpp"

namespace ringside {

// The limits that the options of a vhost set for filters.
[[nodiscard]] FilterLimits filter_limits_of(const PluginOptions& options);

class Vhost {
 public:
  // Errors: the first reason why these options cannot be served with (a key that does not load, a
  // role table that is not one).
  [[nodiscard]] static Result<std::unique_ptr<Vhost>> make(PluginOptions options,
                                                           std::shared_ptr<Hub> hub,
                                                           const Clock& clock);

  [[nodiscard]] const PluginOptions& options() const noexcept { return options_; }
  [[nodiscard]] const AccessRules& rules() const noexcept { return rules_; }
  [[nodiscard]] Hub& hub() const noexcept { return *hub_; }

  // Verifies a token with the keys as they are on disk now, and asks whether it was revoked.
  struct Verified {
    VerifiedToken token;
    bool revoked = false;
  };
  [[nodiscard]] Verified verify(std::string_view token);

  // Whether a browser that says `origin` may connect to `host` (both as in the request's headers;
  // empty: not sent).
  [[nodiscard]] bool origin_allowed(std::string_view origin, std::string_view host) const;

  [[nodiscard]] RefusalLog& refusals() noexcept { return refusals_; }

  // The names of this server, to which its host adds its own.
  [[nodiscard]] HostNames& hosts() noexcept { return hosts_; }

  // Connections that have not authenticated yet are limited, in total and for each address.
  [[nodiscard]] WaitingRoom& waiting_room() noexcept { return waiting_room_; }
  // Requests with events are, too, in total and for each user.
  [[nodiscard]] WaitingRoom& ingest_room() noexcept { return ingest_room_; }

 private:
  Vhost(PluginOptions options, std::shared_ptr<Hub> hub, const Clock& clock);
  PluginOptions options_;
  std::shared_ptr<Hub> hub_;
  const Clock& clock_;
  AccessRules rules_;
  TokenRules token_rules_;
  std::unique_ptr<KeysetFile> keys_;
  WaitingRoom waiting_room_;
  WaitingRoom ingest_room_;
  HostNames hosts_;
  RefusalLog refusals_;
};

}  // namespace ringside
