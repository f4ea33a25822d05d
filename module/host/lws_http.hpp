#pragma once
// The HTTP side of the boundary to libwebsockets: what a request says, and how it is answered.
// Threads: the lws service thread only, within the callbacks of a request.

#include <libwebsockets.h>

#include <string>
#include <string_view>

#include "module/upgrade.hpp"

namespace ringside {

// Empty when there is none.
[[nodiscard]] std::string header_of(lws* wsi, lws_token_indexes token);
// Everything that decides on an upgrade.
[[nodiscard]] UpgradeRequest request_of(lws* wsi, bool over_http2);

// Refuses an HTTP/1.1 upgrade: status line, headers and a JSON body.
void answer_refusal_http1(lws* wsi, const Refusal& refusal);
// Answers a plain HTTP request: the probes, the metrics page, or an error.
[[nodiscard]] int on_http(lws* wsi);
// Status, type, length and body. Returns 0, or -1 when the connection is lost.
[[nodiscard]] int answer_http_through_lws(lws* wsi, unsigned status,
                                          const std::string& content_type, std::string_view body);

}  // namespace ringside
