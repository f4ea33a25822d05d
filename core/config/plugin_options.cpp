// One table: name, type, default, range, help and the member it sets. The defaults in it are what
// load_plugin_options() starts from, so that the table, the documentation made from it and the code
// cannot differ.
#include "core/config/plugin_options.hpp"

#include <array>
#include <functional>
#include <map>
#include <optional>

#include "core/config/binding.hpp"
#include "core/config/option_checks.hpp"
#include "core/config/suggestion.hpp"

namespace ringside {
namespace {

using O = PluginOptions;
constexpr std::int64_t kMaxCount = 1'000'000'000;
constexpr std::int64_t kDayMs = 86'400'000;
// lwsws reads its configuration in pieces of this size and drops all but the first: half a list of
// keys or, worse, of restricted members would be taken for the whole.
constexpr std::size_t kHostValueLimit = 254;

void set_slow_events(O& options, const OptionValue& value) {
  options.slow_events = value.text == "close" ? SlowPolicy::kClose : SlowPolicy::kGap;
}

using T = OptionType;
constexpr std::array kBindings{
    bind_option<&O::run_dir>({"run-dir", T::kPath, "/run/ringside", 0, 0, false,
                              "Where the worker keeps `ring` and `control`.",
                              &option_checks::absolute_path}),
    bind_option<&O::keys>(
        {"keys", T::kStringList, "", 0, 0, false,
         "Keys that tokens are verified with: ALG:FILE, ALG:kid=ID:FILE or jwks:FILE, "
         "comma-separated. The files are read again when they change."}),
    bind_option<&O::issuer>({"token-issuer", T::kString, "", 0, 0, false,
                             "The `iss` that tokens must have; empty for any."}),
    bind_option<&O::audience>({"token-audience", T::kString, "", 0, 0, false,
                               "The `aud` that tokens must name; empty for any."}),
    bind_option<&O::leeway>({"token-leeway", T::kDuration, "30s", 0, 3'600'000, false,
                             "How far clocks may differ when `exp` and `nbf` are checked."}),
    bind_option<&O::require_expiry>({"token-require-expiry", T::kBool, "false", 0, 0, false,
                                     "Refuse tokens that never expire."}),
    bind_option<&O::role_claim>(
        {"token-role-claim", T::kString, "role", 0, 0, false,
         "The claim that has a user's roles: a name, a dotted path or a JSON pointer, such as "
         "realm_access.roles, cognito:groups or scope."}),
    bind_option<&O::role_map>(
        {"token-role-map", T::kStringList, "", 0, 0, false,
         "Roles for the values of that claim: VALUE=ROLE|ROLE, comma-separated. If set, a value "
         "that is not named gives no role."}),
    bind_option<&O::auth_timeout>({"auth-timeout", T::kDuration, "5s", 100, 600'000, false,
                                   "How long a connection without a token may take to send one."}),
    bind_option<&O::auth_expiring_notice>(
        {"auth-expiring-notice", T::kDuration, "60s", 0, kDayMs, false,
         "How long before a token's expiry clients are notified."}),
    bind_option<&O::required_roles>(
        {"roles", T::kStringList, "SystemHealthUpdate=admin, LogEntry=admin|developer", 0, 0, false,
         "Which roles may see an event type: TYPE=ROLE|ROLE, comma-separated. Types that are not "
         "named are open to every valid token."}),
    bind_option<&O::restricted_fields>(
        {"restrict", T::kStringList, "", 0, 0, false,
         "Members that only some roles see: /json/pointer=ROLE|ROLE, comma-separated; `*` "
         "means every element."}),
    bind_option<&O::role_filters>(
        {"role-filters", T::kStringList, "", 0, 0, false,
         "The events that tokens with a role may see: ROLE: KEY=VALUE|VALUE; KEY=VALUE, "
         "comma-separated, or ROLE: * for all. Of several roles with a filter, one must pass; "
         "roles without one change nothing."}),
    bind_option<&O::origins>({"origins", T::kStringList, "", 0, 0, false,
                              "Origins of browser pages that may connect, in addition to this "
                              "host's own; `*` for any."}),
    bind_option<&O::allowed_hosts>(
        {"allowed-hosts", T::kStringList, "", 0, 0, false,
         "Names that requests may have in Host, in addition to addresses, localhost and the name "
         "of "
         "the virtual "
         "host. If empty, all names are accepted, but /metrics is not served under an "
         "strange one."}),
    bind_option<&O::admin_role>({"admin-role", T::kString, "admin", 0, 0, false,
                                 "Roles whose tokens may list connections and cut them "
                                 "(ROLE|ROLE); empty for nobody."}),
    bind_option<&O::metrics_role>(
        {"metrics-role", T::kString, "", 0, 0, false,
         "Roles whose tokens open the page of /metrics (ROLE|ROLE, sent in Authorization); "
         "empty for anybody, or for `admin` where role-filters is set."}),
    bind_option<&O::producer_roles>(
        {"producer-roles", T::kString, "producer", 0, 0, false,
         "Roles whose tokens may send events with POST (ROLE|ROLE); empty for none."}),
    bind_option<&O::limit_connections_per_user>(
        {"limit-connections-per-user", T::kInteger, "10", 0, kMaxCount, false,
         "Open connections of one user, over all processes; 0 for no limit."}),
    bind_option<&O::limit_messages_per_second>({"limit-messages-per-second", T::kInteger, "100", 0,
                                                kMaxCount, false,
                                                "Messages from one client; 0 for no limit."}),
    bind_option<&O::limit_events_per_subscription>({"limit-events-per-subscription", T::kInteger,
                                                    "50", 1, 10'000, false,
                                                    "Event types that one connection may name."}),
    bind_option<&O::limit_message_bytes>({"limit-message-bytes", T::kBytes, "64KiB", 1024,
                                          16ll << 20, false, "The longest message from a client."}),
    bind_option<&O::limit_awaiting_auth>(
        {"limit-awaiting-auth", T::kInteger, "1000", 0, kMaxCount, false,
         "Connections that have not sent their token yet, in one process."}),
    bind_option<&O::limit_awaiting_auth_per_address>({"limit-awaiting-auth-per-address",
                                                      T::kInteger, "50", 0, kMaxCount, false,
                                                      "The same for one address."}),
    bind_option<&O::limit_replays_per_user>(
        {"limit-replays-per-user", T::kInteger, "2", 0, kMaxCount, false,
         "Replays of one user that run at once; others wait. 0 for no limit."}),
    bind_option<&O::limit_filter_bytes>(
        {"limit-filter-bytes", T::kBytes, "1MiB", 16'384, 1ll << 30, false,
         "Memory of one connection's filters; a search takes 64 to 256 KiB of it."}),
    bind_option<&O::limit_connections>({"limit-connections", T::kInteger, "0", 0, kMaxCount, false,
                                        "Open connections of one process; 0 for no limit."}),
    bind_option<&O::limit_plain_connections>(
        {"limit-plain-connections", T::kInteger, "4096", 0, kMaxCount, false,
         "Connections of one process that are not WebSockets yet, at most half of its descriptors; "
         "0 for no limit."}),
    bind_option<&O::limit_plain_connections_per_address>(
        {"limit-plain-connections-per-address", T::kInteger, "1024", 0, kMaxCount, false,
         "The same for one address, or one IPv6 network of 64 bits."}),
    bind_option<&O::limit_ingests>(
        {"limit-ingests", T::kInteger, "64", 0, kMaxCount, false,
         "Requests with events that one process takes at once; 0 for none."}),
    bind_option<&O::limit_ingests_per_user>({"limit-ingests-per-user", T::kInteger, "8", 0,
                                             kMaxCount, false, "The same for one user."}),
    bind_option<&O::ingest_timeout>(
        {"ingest-timeout", T::kDuration, "30s", 100, kDayMs, false,
         "How long a client that sends events may send nothing before it gets 408."}),
    bind_option<&O::limit_send_buffer>(
        {"limit-send-buffer", T::kBytes, "128KiB", 0, 1ll << 30, false,
         "What the kernel keeps for a connection that does not read, as SO_SNDBUF (it takes twice "
         "as much with its own data); 0 to let it decide, up to some megabytes."}),
    bind_option<&O::flush>({"flush", T::kDuration, "0ms", 0, 1000, false,
                            "The default of flush_ms: how long to wait for a batch to fill."}),
    bind_option<&O::batch_size>(
        {"batch-size", T::kInteger, "10", 1, 1000, false, "The default of batch_size."}),
    Binding<O>{
        {"slow-events", T::kString, "gap", 0, 0, false,
         "What happens to a client on /ws that the ring has overtaken: gap, or close (4008).",
         &option_checks::slow_policy},
        &set_slow_events},
    bind_option<&O::ping_interval>({"ping-interval", T::kDuration, "30s", 0, kDayMs, false,
                                    "How often idle peers are probed; 0 for never."}),
    bind_option<&O::replay_bytes_per_turn>(
        {"replay-bytes-per-turn", T::kBytes, "256KiB", 4096, 1ll << 30, false,
         "History that one replay may send before others get their turn."}),
    bind_option<&O::work_slice>(
        {"work-slice", T::kDuration, "2ms", 1, 1000, false,
         "CPU time of one turn for history, searches and costly filters; sockets are served "
         "between two turns."}),
    bind_option<&O::worker_timeout>(
        {"worker-timeout", T::kDuration, "5s", 500, kDayMs, false,
         "The age of the worker's heartbeat at which /readyz answers 503."}),
    bind_option<&O::log_level>({"log-level", T::kString, "info", 0, 0, false,
                                "debug, info, warn or error.", &option_checks::log_level}),
    bind_option<&O::log_format>(
        {"log-format", T::kString, "text", 0, 0, false,
         "text, or json: one object a line, with time, level, program, pid and message. "
         "Lines of lwsws itself stay text.",
         &option_checks::log_format}),
};

constexpr auto kSpecs = specs_of(kBindings);

}  // namespace

PluginOptions::PluginOptions() { set_defaults(*this, kBindings); }

std::span<const OptionSpec> plugin_option_specs() noexcept { return kSpecs; }

PluginOptionsResult load_plugin_options(
    const std::vector<std::pair<std::string, std::string>>& pairs) {
  PluginOptionsResult result;
  std::map<std::string_view, std::vector<std::string>, std::less<>>
      lists;  // what a list option has been given so far
  for (const auto& [name, text] : pairs) {
    const auto* const binding = find_binding(kBindings, name);
    if (binding == nullptr) {
      result.errors.push_back({name, "is not an option" + suggestion_for(name, kSpecs), 0});
      continue;
    }
    if (text.size() >= kHostValueLimit) {
      result.errors.push_back(
          {name,
           "is " + std::to_string(kHostValueLimit) +
               " characters long or longer, where lwsws cuts a value off" +
               (binding->spec.type == T::kStringList ? ": repeat the option instead" : ""),
           0});
      continue;
    }
    auto value = parse_option(binding->spec, text);
    if (value && binding->spec.type == T::kStringList) {
      auto& so_far = lists[binding->spec.name];
      so_far.insert(so_far.end(), value->list.begin(), value->list.end());
      value->list = so_far;
    }
    if (!value) {
      result.errors.push_back(value.error());
    } else if (auto why = check_option(binding->spec, *value)) {
      result.errors.push_back({name, *why, 0});
    } else {
      binding->set(result.options, *value);
    }
  }
  return result;
}

}  // namespace ringside
