#pragma once
// The HTTP side of the boundary to libwebsockets: what a request says, and how it is answered.
// Threads: the lws service thread only, within the callbacks of a request.

#include <libwebsockets.h>

#include <string>
#include <vector>

#include "module/probes.hpp"
#include "module/upgrade.hpp"

namespace ringside {

struct HttpTarget {
  std::string path;  // without the query
  HttpMethod method = HttpMethod::kOther;
};
[[nodiscard]] HttpTarget target_of(lws* wsi);
// Of the query, decoded.
[[nodiscard]] std::vector<QueryArgument> arguments_of(lws* wsi);
// Empty when there is none.
[[nodiscard]] std::string header_of(lws* wsi, lws_token_indexes token);
// Of a header that lws has no token for; `name` in lower case, with its colon. Empty when there is none.
[[nodiscard]] std::string custom_header_of(lws* wsi, const std::string& name);
// Everything that decides on an upgrade.
// Of the peer, as text without a port.
[[nodiscard]] std::string address_of(lws* wsi);
[[nodiscard]] UpgradeRequest request_of(lws* wsi, bool over_http2);

// Refuses an HTTP/1.1 request that ends its connection, such as an upgrade: status line, headers and a JSON body.
void answer_refusal_http1(lws* wsi, const Refusal& refusal);
void log_refusal(lws* wsi, const Refusal& refusal, Vhost& vhost);
// Counts, logs and answers the refusal of a request for events, in the way of its HTTP version. `vhost` may be null.
void refuse_request(lws* wsi, const Refusal& refusal, bool over_http2, Vhost* vhost);
// Before any plain request is served, the files of a mount included; nonzero: answered, close.
[[nodiscard]] int on_filter_http(lws* wsi);
// Answers a plain HTTP request: the probes, the metrics page, or an error.
[[nodiscard]] int on_http(lws* wsi);
// Status, headers and, unless `head_only`, the body. Returns 0, or -1 when the connection is lost.
[[nodiscard]] int answer_http_through_lws(lws* wsi, const HttpAnswer& answer, bool head_only);

}  // namespace ringside
