#pragma once
// The plugin's options: the per-vhost protocol options of lwsws' configuration, all strings there.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/config/option.hpp"

namespace ringside {

enum class SlowPolicy { kGap, kClose };

// A member is the option of the same name with dashes, unless its comment names another. A limit of
// 0 is no limit. Defaults come from the table in plugin_options.cpp.
struct PluginOptions {
  PluginOptions();

  std::string run_dir;                // ring and control segment are looked for here
  std::vector<std::string> keys;      // "HS256:/etc/ringside/jwt.secret"; core/auth/keyset.hpp
  std::string issuer;                 // token-issuer
  std::string audience;               // token-audience
  std::chrono::seconds leeway{0};     // token-leeway
  bool require_expiry = false;        // token-require-expiry
  std::string role_claim;             // token-role-claim
  std::vector<std::string> role_map;  // token-role-map: "/teams/ops=admin"
  std::chrono::milliseconds auth_timeout{0};  // first-message authentication
  std::chrono::seconds auth_expiring_notice{0};
  std::vector<std::string> required_roles;     // roles: "SystemHealthUpdate=admin"
  std::vector<std::string> restricted_fields;  // restrict: "/data/details/ip_address=admin"
  std::vector<std::string> role_filters;       // role-filters: "team-a: metadata.infra=staging"
  std::vector<std::string> origins;            // in addition to this host's own; "*" for any
  std::vector<std::string> allowed_hosts;      // names in Host; module/host_names.hpp
  std::string admin_role;                      // "admin|ops": who may list and cut connections
  std::string metrics_role;                    // "admin|prometheus"; empty: anybody
  std::string producer_roles;                  // "producer|ci"; empty: nobody
  unsigned limit_connections_per_user = 0;
  unsigned limit_messages_per_second = 0;
  unsigned limit_events_per_subscription = 0;
  std::size_t limit_message_bytes = 0;
  unsigned limit_awaiting_auth = 0;  // in all
  unsigned limit_awaiting_auth_per_address = 0;
  unsigned limit_replays_per_user = 0;
  std::size_t limit_filter_bytes = 0;  // of one connection's filters
  unsigned limit_connections = 0;      // of one process
  unsigned limit_plain_connections = 0;
  unsigned limit_plain_connections_per_address = 0;
  unsigned limit_ingests = 0;  // of one process
  unsigned limit_ingests_per_user = 0;
  std::chrono::milliseconds ingest_timeout{0};
  std::size_t limit_send_buffer = 0;   // of a socket; 0: the kernel decides
  std::chrono::milliseconds flush{0};  // default of the query parameter flush_ms
  unsigned batch_size = 0;             // default of the query parameter batch_size
  SlowPolicy slow_events = SlowPolicy::kGap;
  std::chrono::seconds ping_interval{0};  // 0: no pings
  std::size_t replay_bytes_per_turn = 0;
  std::chrono::milliseconds work_slice{0};      // CPU time of a turn for background work
  std::chrono::milliseconds worker_timeout{0};  // age of the heartbeat at which /readyz fails
  std::string log_level;
  std::string log_format;
};

[[nodiscard]] std::span<const OptionSpec> plugin_option_specs() noexcept;

// Reads name/value pairs as lwsws hands them over. Every wrong name or value is reported, not only
// the first.
struct PluginOptionsResult {
  PluginOptions options;
  std::vector<OptionError> errors;
};
[[nodiscard]] PluginOptionsResult load_plugin_options(
    const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace ringside
