// lws' own helpers are made for answers within a request, not for refused upgrades, and write more
// to the log than a token can bear.
#include "module/host/lws_http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/log.hpp"
#include "module/host/lws_ingest.hpp"
#include "module/host/lws_plugin.hpp"
#include "module/probes.hpp"

namespace ringside {
namespace {

// lws: knows no reason phrase for 421, 426, 429 and 431. `start` to `at` is what it has written of an answer.
void name_status(unsigned char* start, unsigned char*& at, const unsigned char* end,
                 unsigned status) {
  const std::string_view phrase = reason_phrase(status);
  const std::string bare = fmt::format("HTTP/1.1 {} \r\n", status);
  const std::string_view written(reinterpret_cast<const char*>(start),
                                 static_cast<std::size_t>(at - start));
  if (!written.starts_with(bare) || static_cast<std::size_t>(end - at) < phrase.size()) {
    return;
  }
  unsigned char* const gap = start + bare.size() - 2;
  std::memmove(gap + phrase.size(), gap, static_cast<std::size_t>(at - gap));
  std::memcpy(gap, phrase.data(), phrase.size());
  at += phrase.size();
}

HttpMethod method_of(int number) noexcept {
  switch (number) {
    case LWSHUMETH_GET:
      return HttpMethod::kGet;
    case LWSHUMETH_HEAD:
      return HttpMethod::kHead;
    case LWSHUMETH_POST:
      return HttpMethod::kPost;
    case LWSHUMETH_OPTIONS:
      return HttpMethod::kOptions;
    default:
      return HttpMethod::kOther;
  }
}

}  // namespace

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
    // lws: an empty piece at the end ("/ws?", "/ws?a=b&") comes as "/".
    if (!text.empty() && text != "/") {
      const auto equals = text.find('=');
      arguments.emplace_back(text.substr(0, equals),
                             equals == std::string_view::npos ? "" : text.substr(equals + 1));
    }
  }
}

HttpTarget target_of(lws* wsi) {
  char* path = nullptr;
  int n = 0;
  const int method = lws_http_get_uri_and_method(wsi, &path, &n);
  HttpTarget target;
  if (method >= 0 && path != nullptr) {
    target.path.assign(path, static_cast<std::size_t>(n));
  }
  target.method = method_of(method);
  return target;
}

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

std::string custom_header_of(lws* wsi, const std::string& name) {
  const int n = lws_hdr_custom_length(wsi, name.c_str(), static_cast<int>(name.size()));
  if (n <= 0) {
    return {};
  }
  std::string value(static_cast<std::size_t>(n) + 1, '\0');
  const int copied =
      lws_hdr_custom_copy(wsi, value.data(), n + 1, name.c_str(), static_cast<int>(name.size()));
  value.resize(copied > 0 ? static_cast<std::size_t>(copied) : 0);
  return value;
}

std::string address_of(lws* wsi) {
  std::array<char, 64> address{};
  lws_get_peer_simple(wsi, address.data(), address.size());
  return address.data();
}

UpgradeRequest request_of(lws* wsi, bool over_http2) {
  UpgradeRequest request;
  HttpTarget target = target_of(wsi);
  request.is_get = target.method == HttpMethod::kGet;
  request.path = std::move(target.path);
  request.is_http_1_1 = header_of(wsi, WSI_TOKEN_HTTP) == "HTTP/1.1";
  request.version = header_of(wsi, WSI_TOKEN_VERSION);
  request.key = header_of(wsi, WSI_TOKEN_KEY);
  request.connection = header_of(wsi, WSI_TOKEN_CONNECTION);
  request.extensions = header_of(wsi, WSI_TOKEN_EXTENSIONS);
  request.subprotocols = header_of(wsi, WSI_TOKEN_PROTOCOL);
  request.arguments = arguments_of(wsi);
  request.origin = header_of(wsi, WSI_TOKEN_ORIGIN);
  request.host = header_of(wsi, WSI_TOKEN_HOST);
  request.authorization = header_of(wsi, WSI_TOKEN_HTTP_AUTHORIZATION);
  request.over_http2 = over_http2;
  request.address = address_of(wsi);
  return request;
}

// lws: its own helpers answer a refused HTTP/1.1 upgrade as HTTP/1.0, which strict clients do not
// read. So: by hand.
void answer_refusal_http1(lws* wsi, const Refusal& refusal) {
  const std::string body = refusal.body();
  std::string answer(LWS_PRE, '\0');
  answer += fmt::format("HTTP/1.1 {} {}\r\n", refusal.status(), reason_phrase(refusal.status()));
  for (const HttpField& field : fields_of(refusal.error)) {
    // RFC 9110 section 7.8: who sends Upgrade names it in Connection.
    answer += fmt::format("{}{}: {}\r\n", field.name == "upgrade" ? "connection: upgrade\r\n" : "",
                          field.name, field.value);
  }
  answer += fmt::format(
      "content-type: application/json\r\ncontent-length: {}\r\ncache-control: no-store\r\n"
      "connection: close\r\n\r\n{}",
      body.size(), body);
  lws_write(wsi, reinterpret_cast<unsigned char*>(answer.data()) + LWS_PRE, answer.size() - LWS_PRE,
            LWS_WRITE_HTTP);
}

void log_refusal(lws* wsi, const Refusal& refusal, Vhost& vhost) {
  if (vhost.refusals().admits()) {
    log::info("{}", vhost.refusals().line(address_of(wsi), target_of(wsi).path, refusal));
  }
}

void refuse_request(lws* wsi, const Refusal& refusal, bool over_http2, Vhost* vhost) {
  if (vhost != nullptr) {
    vhost->hub().count(Counter::kUpgradesRefused);
    log_refusal(wsi, refusal, *vhost);
  }
  if (over_http2) {
    (void)answer_http_through_lws(wsi, refusal_answer(refusal), false);
  } else {
    answer_refusal_http1(wsi, refusal);
  }
}

int on_filter_http(lws* wsi) {
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  const bool over_http2 = lws_get_network_wsi(wsi) != wsi;
  if (over_http2) {
    return 0;
  }
  if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 &&
      !is_ingest_path(target_of(wsi).path)) {
    answer_refusal_http1(
        wsi,
        {HttpError::kLengthRequired, "bodies in chunks are taken only where events are sent", {}});
    return 1;
  }
  if (entry.vhost == nullptr || entry.vhost->hosts().may_ask(header_of(wsi, WSI_TOKEN_HOST))) {
    return 0;
  }
  const Refusal refusal{HttpError::kHostNotAllowed, "this Host is not a name of this server", {}};
  log_refusal(wsi, refusal, *entry.vhost);
  answer_refusal_http1(wsi, refusal);
  return 1;
}

int on_http(lws* wsi) {
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  const HttpTarget target = target_of(wsi);
  const HttpRequest request{target.path,
                            target.method,
                            header_of(wsi, WSI_TOKEN_HOST),
                            header_of(wsi, WSI_TOKEN_HTTP_AUTHORIZATION),
                            header_of(wsi, WSI_TOKEN_ORIGIN),
                            arguments_of(wsi)};
  const HttpAnswer answer = answer_http(request, entry.vhost.get(), entry.error);
  if (answer.denied && entry.vhost != nullptr) {
    log_refusal(wsi, *answer.denied, *entry.vhost);
  }
  if (answer_http_through_lws(wsi, answer, target.method == HttpMethod::kHead) != 0) {
    return -1;
  }
  return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

// lws knows the HTTP version here.
int answer_http_through_lws(lws* wsi, const HttpAnswer& answer, bool head_only) {
  std::array<unsigned char, LWS_PRE + 2048> headers{};
  unsigned char* at = headers.data() + LWS_PRE;
  unsigned char* const start = at;
  unsigned char* const end = headers.data() + headers.size();
  const auto add = [&](std::string_view name, std::string_view value) {
    const std::string with_colon = std::string(name) + ":";
    return lws_add_http_header_by_name(wsi,
                                       reinterpret_cast<const unsigned char*>(with_colon.c_str()),
                                       reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), &at, end) == 0;
  };
  if (lws_add_http_common_headers(wsi, answer.status, answer.content_type.c_str(),
                                  answer.body.size(), &at, end) != 0) {
    return -1;
  }
  name_status(start, at, end, answer.status);
  if (!add("cache-control", "no-store")) {
    return -1;
  }
  for (const HttpField& field : answer.fields) {
    if (!add(field.name, field.value)) {
      return -1;
    }
  }
  for (const auto& [name, value] : answer.own) {
    if (!add(name, value)) {
      return -1;
    }
  }
  if (lws_finalize_write_http_header(wsi, start, &at, end) != 0) {
    return -1;
  }
  const std::string_view body = head_only ? std::string_view() : answer.body;
  std::string buffer(LWS_PRE, '\0');
  buffer += body;
  const int sent = lws_write(wsi, reinterpret_cast<unsigned char*>(buffer.data()) + LWS_PRE,
                             body.size(), LWS_WRITE_HTTP_FINAL);
  return sent < static_cast<int>(body.size()) ? -1 : 0;
}

}  // namespace ringside
