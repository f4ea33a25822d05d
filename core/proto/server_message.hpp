#pragma once
// Messages of the server, except events: builders that return the JSON text of one message
// each. The contract is conf/schemas/server/*.schema.json.  Threads: pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/proto/close_code.hpp"

namespace ringside {

struct WelcomeFields {
  std::string connection_id;
  std::string protocol;
  std::string user;
  std::vector<std::string> roles;
  std::vector<std::string> events;
  bool filters_rows = false;  // appears as "rows":"filtered"
  bool is_admin = false;      // may list and cut connections; appears as "admin":true
  unsigned batch_size = 10;
  Json limits;
  std::string epoch;
  std::string head;
  std::string cluster_node;   // of the node that answers
  std::string cluster_state;  // empty without a cluster: then there is no member `cluster`
  std::optional<WallTime> token_expires_at;
  WallTime time{};  // the server's clock: a client's own may be wrong
};

[[nodiscard]] std::string welcome_message(const WelcomeFields& fields);
[[nodiscard]] std::string subscribed_message(const std::vector<std::string>& events,
                                             JsonRef filters);
[[nodiscard]] std::string unsubscribed_message(const std::vector<std::string>& events);
[[nodiscard]] std::string pong_message(std::chrono::milliseconds lag);
// An `error`: what was refused and why. Empty members are left out.
struct ErrorFields {
  std::string_view code;     // machine-readable: "forbidden"
  std::string_view message;  // for a person
  std::string_view request;  // the `type` of the message that was refused
  std::string_view event;    // the event type at fault
  std::optional<std::chrono::milliseconds> retry_after;  // appears as retry_after_ms
};
[[nodiscard]] std::string error_message(const ErrorFields& fields);
// reason: "lapped", "rate", "slow", "series" or "epoch". from and to are ids, inclusive. missed: absent for a client that must
// not know how many events there are.
[[nodiscard]] std::string gap_message(std::string_view reason, std::optional<std::uint64_t> missed,
                                      std::string_view from, std::string_view to);
// code: "cluster_cut" or "cluster_live".
[[nodiscard]] std::string notice_message(std::string_view code, std::string_view message);
[[nodiscard]] std::string auth_expiring_message(std::chrono::seconds expires_in);
// missed: absent when nobody can know, since the history before is another ring's, or when this client must not know.
// cuts: ids of the last events before the machine stopped without a clean stop, within what was replayed.
[[nodiscard]] std::string replay_end_message(bool recovered, std::optional<std::uint64_t> missed,
                                             const std::vector<std::string>& cuts = {});
// The end of a stream that has no close frame: the code and the reason that a WebSocket would be closed with.
[[nodiscard]] std::string close_message(CloseCode code, std::string_view reason);
// "gap" of a message that was built here: the member `type` comes first.
[[nodiscard]] std::string_view type_of_message(std::string_view message) noexcept;
// {"type":"debug","action":...,"ok":true|false,...extra members}
[[nodiscard]] std::string debug_message(std::string_view action, bool ok, const Json& extra);

}  // namespace ringside
