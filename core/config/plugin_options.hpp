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

struct PluginOptions {
  std::string run_dir = "/run/ringside";  // run-dir: ring and control are looked for here
  std::vector<std::string>
      keys;  // keys: "HS256:/etc/ringside/jwt.secret", comma-separated; see core/auth/keyset.hpp
  std::string issuer;                             // token-issuer
  std::string audience;                           // token-audience
  std::chrono::seconds leeway{30};                // token-leeway
  bool require_expiry = false;                    // token-require-expiry
  std::string role_claim = "role";                // token-role-claim
  std::chrono::milliseconds auth_timeout{5000};   // auth-timeout: first-message authentication
  std::chrono::seconds auth_expiring_notice{60};  // auth-expiring-notice
  std::vector<std::string>
      required_roles;  // roles: "SystemHealthUpdate=admin", "LogEntry=admin|developer"
  std::vector<std::string>
      restricted_fields;             // restrict: "/data/details/ip_address=admin|developer"
  std::vector<std::string> origins;  // origins: allow-list beside this host; "*" for any
  std::vector<std::string>
      allowed_hosts;         // allowed-hosts: names in Host; empty: see module/host_names.hpp
  std::string metrics_role;  // metrics-role: "admin|prometheus"; empty: anybody
  unsigned limit_connections_per_user = 10;       // limit-connections-per-user, 0: none
  unsigned limit_messages_per_second = 100;       // limit-messages-per-second, 0: none
  unsigned limit_events_per_subscription = 50;    // limit-events-per-subscription
  std::size_t limit_message_bytes = 64u << 10u;   // limit-message-bytes
  unsigned limit_awaiting_auth = 1000;            // limit-awaiting-auth: in all
  unsigned limit_awaiting_auth_per_address = 50;  // limit-awaiting-auth-per-address
  unsigned limit_replays_per_user = 2;            // limit-replays-per-user
  std::size_t limit_filter_bytes = 1u << 20u;     // limit-filter-bytes: of one connection's filters
  unsigned limit_connections = 0;                 // limit-connections: of one process, 0: none
  unsigned limit_plain_connections = 4096;        // limit-plain-connections, 0: none
  unsigned limit_plain_connections_per_address =
      1024;                                         // limit-plain-connections-per-address, 0: none
  std::chrono::milliseconds flush{0};               // flush: default of flush_ms
  unsigned batch_size = 10;                         // batch-size: default of batch_size
  SlowPolicy slow_events = SlowPolicy::kGap;        // slow-events: gap or close
  std::chrono::seconds ping_interval{30};           // ping-interval, 0: none
  std::size_t replay_bytes_per_turn = 256u << 10u;  // replay-bytes-per-turn
  std::chrono::milliseconds work_slice{2};  // work-slice: CPU time of a turn for what may wait
  std::chrono::milliseconds worker_timeout{
      5000};                       // worker-timeout: readyz answers 503 when the heartbeat is older
  std::string log_level = "info";  // log-level
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
