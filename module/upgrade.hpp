#pragma once
// The decision on a request for events, be it an upgrade to a WebSocket or a plain GET: from its method, version, path,
// subprotocols, origin, query and token to "open it" or to an HTTP answer that says why not. Every refusal of one is decided
// here. Knows nothing of lws; everything it reads is in UpgradeRequest.  Threads: the lws service thread only.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/proto/deflate_offer.hpp"
#include "core/proto/http_error.hpp"
#include "core/proto/media_type.hpp"
#include "core/proto/query.hpp"
#include "module/vhost.hpp"

namespace ringside {

struct UpgradeRequest {
  bool is_get = true;  // the method is GET and nothing else
  std::string path;
  std::vector<QueryArgument> arguments;  // decoded
  bool is_http_1_1 = true;
  std::string version = "13";                    // Sec-WebSocket-Version
  std::string key = "dGhlIHNhbXBsZSBub25jZQ==";  // Sec-WebSocket-Key
  std::string connection = "Upgrade";            // Connection
  std::string extensions;                        // Sec-WebSocket-Extensions
  std::string subprotocols;  // Sec-WebSocket-Protocol as sent: "a, b"; empty when there is none
  std::string origin;
  std::string host;
  std::string authorization;  // "Bearer ..."
  std::string last_event_id;  // Last-Event-ID: where a browser's EventSource was
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
  std::string_view subprotocol;  // to be named in the answer; empty when the client offers none
  std::optional<DeflateAgreement> deflate;      // the offer of permessage-deflate that is taken
  std::unique_ptr<WaitingRoom::Place> waiting;  // held while the connection has no token
};

using Decision = std::variant<Admission, Refusal>;

// `vhost` is null where the configuration was refused; `config_error` then says why.
[[nodiscard]] Decision decide_upgrade(const UpgradeRequest& request, Vhost* vhost,
                                      std::string_view config_error);

// The same for a plain GET that takes events as `type`. The token must come with it: there is no first message. With
// `last_event_id`, the stream continues after it, whatever `since` says.
[[nodiscard]] Decision decide_stream(const UpgradeRequest& request, MediaType type, Vhost* vhost,
                                     std::string_view config_error);

// The token of `Authorization: Bearer TOKEN`; nullopt for no header and for other schemes, such as the Basic of a proxy.
[[nodiscard]] std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace ringside
