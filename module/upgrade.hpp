#pragma once
// The decision on an upgrade: from the request's path, subprotocols, origin, query and token to
// "open it" or to an HTTP answer that says why not. Knows nothing of lws; everything it reads is in
// UpgradeRequest. Threads: the lws service thread only.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/proto/query.hpp"
#include "module/vhost.hpp"

namespace ringside {

struct UpgradeRequest {
  std::string path;
  std::vector<QueryArgument> arguments;  // decoded
  std::string subprotocol;               // the one that lws bound, empty when the client named none
  std::string origin;
  std::string host;
  std::string authorization;  // "Bearer ..."
  std::string address;        // the peer's, for the caps; never a credential
  bool over_http2 = false;
};

struct Refusal {
  unsigned status = 400;
  std::string error;  // machine-readable: "bad_parameter"
  std::string message;
  std::string parameter;  // empty where none is to blame
};

// What a session needs to begin.
struct Admission {
  Endpoint endpoint = Endpoint::kEvents;
  ConnectionQuery query;
  std::optional<Identity> identity;  // absent: the first message must be `auth`
  bool expired = false;              // a good token, but too late: open, then close with 4001
  std::string address;
};

using Decision = std::variant<Admission, Refusal>;

[[nodiscard]] Decision decide_upgrade(const UpgradeRequest& request, Vhost& vhost);

// "400 Bad Request": the reason phrase of a status we answer with.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace ringside
