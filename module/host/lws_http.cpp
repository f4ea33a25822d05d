// lws' own helpers are made for answers within a request, not for refused upgrades, and write more
// to the log than a token can bear.
#include "module/host/lws_http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "module/host/lws_plugin.hpp"
#include "module/probes.hpp"

namespace ringside {
namespace {

// lws: lws_hdr_copy() would log the whole query string, token included; the fragments are copied
// without a word. They come percent-decoded, one for each argument.
std::vector<QueryArgument> arguments_of(lws* wsi) {
  std::vector<QueryArgument> arguments;
  std::string piece(
      static_cast<std::size_t>(std::max(0, lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS))) + 1,
      '\0');
  for (int i = 0;; ++i) {
    const int n = lws_hdr_copy_fragment(wsi, piece.data(), static_cast<int>(piece.size()),
                                        WSI_TOKEN_HTTP_URI_ARGS, i);
    if (n < 0) {
      return arguments;
    }
    const std::string_view text(piece.data(), static_cast<std::size_t>(n));
    if (!text.empty()) {
      const auto equals = text.find('=');
      arguments.emplace_back(text.substr(0, equals),
                             equals == std::string_view::npos ? "" : text.substr(equals + 1));
    }
  }
}

struct Target {
  std::string path;  // without the query
  bool is_get = false;
  bool is_head = false;
};

Target target_of(lws* wsi) {
  char* path = nullptr;
  int n = 0;
  const int method = lws_http_get_uri_and_method(wsi, &path, &n);
  Target target;
  if (method >= 0 && path != nullptr) {
    target.path.assign(path, static_cast<std::size_t>(n));
  }
  target.is_get = method == LWSHUMETH_GET;
  target.is_head = method == LWSHUMETH_HEAD;
  return target;
}

}  // namespace

std::string header_of(lws* wsi, lws_token_indexes token) {
  const int n = lws_hdr_total_length(wsi, token);
  if (n <= 0) {
    return {};
  }
  std::string value(static_cast<std::size_t>(n) + 1, '\0');
  const int copied = lws_hdr_copy(wsi, value.data(), n + 1, token);
  value.resize(copied > 0 ? static_cast<std::size_t>(copied) : 0);
  return value;
}

UpgradeRequest request_of(lws* wsi, bool over_http2) {
  UpgradeRequest request;
  Target target = target_of(wsi);
  request.is_get = target.is_get;
  request.path = std::move(target.path);
  request.version = header_of(wsi, WSI_TOKEN_VERSION);
  request.subprotocols = header_of(wsi, WSI_TOKEN_PROTOCOL);
  request.arguments = arguments_of(wsi);
  request.origin = header_of(wsi, WSI_TOKEN_ORIGIN);
  request.host = header_of(wsi, WSI_TOKEN_HOST);
  request.authorization = header_of(wsi, WSI_TOKEN_HTTP_AUTHORIZATION);
  request.over_http2 = over_http2;
  std::array<char, 64> address{};
  lws_get_peer_simple(wsi, address.data(), address.size());
  request.address = address.data();
  return request;
}

// lws: its own helpers answer a refused HTTP/1.1 upgrade as HTTP/1.0, which strict clients do not
// read. So: by hand.
void answer_refusal_http1(lws* wsi, const Refusal& refusal) {
  const std::string body = refusal.body();
  std::string answer(LWS_PRE, '\0');
  const std::string_view version =
      refusal.status() == 426 ? "Sec-WebSocket-Version: 13\r\n" : "";  // RFC 6455 section 4.4
  answer += fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nCache-Control: "
      "no-store\r\n{}Connection: close\r\n\r\n{}",
      refusal.status(), reason_phrase(refusal.status()), body.size(), version, body);
  lws_write(wsi, reinterpret_cast<unsigned char*>(answer.data()) + LWS_PRE, answer.size() - LWS_PRE,
            LWS_WRITE_HTTP);
}

int on_http(lws* wsi) {
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  const Target target = target_of(wsi);
  const HttpAnswer answer =
      answer_http(target.path, target.is_get || target.is_head, entry.vhost.get(), entry.error);
  if (answer_http_through_lws(wsi, answer.status, answer.content_type,
                              target.is_head ? std::string_view() : answer.body) != 0) {
    return -1;
  }
  return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

// lws knows the HTTP version here.
int answer_http_through_lws(lws* wsi, unsigned status, const std::string& content_type,
                            std::string_view body) {
  std::array<unsigned char, LWS_PRE + 1024> headers{};
  unsigned char* at = headers.data() + LWS_PRE;
  unsigned char* const start = at;
  unsigned char* const end = headers.data() + headers.size();
  if (lws_add_http_common_headers(wsi, status, content_type.c_str(), body.size(), &at, end) != 0 ||
      lws_add_http_header_by_name(wsi, reinterpret_cast<const unsigned char*>("cache-control:"),
                                  reinterpret_cast<const unsigned char*>("no-store"), 8, &at,
                                  end) != 0 ||
      lws_finalize_write_http_header(wsi, start, &at, end) != 0) {
    return -1;
  }
  std::string buffer(LWS_PRE, '\0');
  buffer += body;
  const int sent = lws_write(wsi, reinterpret_cast<unsigned char*>(buffer.data()) + LWS_PRE,
                             body.size(), LWS_WRITE_HTTP_FINAL);
  return sent < static_cast<int>(body.size()) ? -1 : 0;
}

}  // namespace ringside
