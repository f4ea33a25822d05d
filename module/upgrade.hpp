#pragma once
// The decision on an upgrade: from the request's method, version, path, subprotocols, origin, query and token to "open
// it" or to an HTTP answer that says why not. Every refusal of an upgrade is decided here. Knows nothing of lws;
// everything it reads is in UpgradeRequest.  Threads: the lws service thread only.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/proto/http_error.hpp"
#include "core/proto/query.hpp"
#include "module/vhost.hpp"

namespace ringside {

struct UpgradeRequest {
  bool is_get = true;  // the method is GET and nothing else
  std::string path;
  std::vector<QueryArgument> arguments;  // decoded
  std::string version = "13";            // Sec-WebSocket-Version
  std::string subprotocols;  // Sec-WebSocket-Protocol as sent: "a, b"; empty when there is none
  std::string origin;
  std::string host;
  std::string authorization;  // "Bearer ..."
  std::string address;        // the peer's, for the limits; never a credential
  bool over_http2 = false;
};

// What a session needs to begin.
struct Admission {
  Endpoint endpoint = Endpoint::kEvents;
  ConnectionQuery query;             // its filters are compiled if `identity` is present
  std::optional<Identity> identity;  // absent: the first message must be `auth`
  bool expired = false;              // a good token, but too late: open, then close with 4001
  std::string address;
  std::unique_ptr<WaitingRoom::Place> waiting;  // held while the connection has no token
};

using Decision = std::variant<Admission, Refusal>;

// `vhost` is null where the configuration was refused; `config_error` then says why.
[[nodiscard]] Decision decide_upgrade(const UpgradeRequest& request, Vhost* vhost,
                                      std::string_view config_error);

// The limits that the options of a vhost set for filters.
[[nodiscard]] FilterLimits filter_limits_of(const PluginOptions& options);

}  // namespace ringside
