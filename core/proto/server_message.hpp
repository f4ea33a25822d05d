#pragma once
// What the server says, except events themselves: builders that give the JSON text of one message
// each. The contract is conf/schemas/server/*.schema.json.  Threads: pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"

namespace ringside {

struct WelcomeFields {
  std::string connection_id;
  std::string protocol;
  std::string user;
  std::vector<std::string> roles;
  std::vector<std::string> events;
  unsigned batch_size = 10;
  Json limits;
  std::string epoch;
  std::string head;
  std::optional<WallTime> token_expires_at;
  WallTime time{};  // the server's clock: a client's own may be wrong
};

[[nodiscard]] std::string welcome_message(const WelcomeFields& fields);
[[nodiscard]] std::string subscribed_message(const std::vector<std::string>& events,
                                             JsonRef filters);
[[nodiscard]] std::string unsubscribed_message(const std::vector<std::string>& events);
[[nodiscard]] std::string pong_message(std::chrono::milliseconds lag);
// `retry_after` appears as retry_after_ms; `request` is left out when empty.
[[nodiscard]] std::string error_message(
    std::string_view code, std::string_view message, std::string_view request,
    std::optional<std::chrono::milliseconds> retry_after = std::nullopt);
// reason: "lapped", "rate", "slow" or "epoch". from and to are ids, inclusive.
[[nodiscard]] std::string gap_message(std::string_view reason, std::uint64_t missed,
                                      std::string_view from, std::string_view to);
[[nodiscard]] std::string auth_expiring_message(std::chrono::seconds expires_in);
[[nodiscard]] std::string replay_end_message(bool recovered, std::uint64_t missed);
// {"type":"debug","action":...,"ok":true|false,...extra members}
[[nodiscard]] std::string debug_message(std::string_view action, bool ok, const Json& extra);
// The body of a refused upgrade: {"error":...,"message":...,"parameter":...}
[[nodiscard]] std::string http_error_body(std::string_view error, std::string_view message,
                                          std::string_view parameter = {});

}  // namespace ringside
