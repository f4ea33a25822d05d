// lws keeps the headers of a request for as long as it is being answered, and has only so many places for them: they are
// given back before a stream begins, which may last for days.
#include "module/host/lws_response.hpp"

#include <fmt/format.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "core/proto/media_type.hpp"
#include "module/history_page.hpp"
#include "module/host/lws_connection.hpp"
#include "module/host/lws_http.hpp"
#include "module/host/lws_plugin.hpp"
#include "module/session.hpp"
#include "module/upgrade.hpp"

namespace ringside {
namespace {

constexpr int kPageStallSeconds = 30;  // how long a client may take nothing of a page
constexpr std::size_t kPieceBytes = 64u
                                    << 10u;  // of a page, for each time that the socket takes some

// What a response says about itself, besides its status. `origin` was checked: its pages may read the answer.
std::string head_of(MediaType type, const std::string& origin, std::string_view more) {
  std::string head = fmt::format(
      "HTTP/1.1 200 OK\r\ncontent-type: {}; charset=utf-8\r\ncache-control: no-store\r\n"
      "x-accel-buffering: no\r\nvary: accept, accept-encoding, origin\r\nconnection: close\r\n",
      name_of(type));
  if (!origin.empty()) {
    head += fmt::format("access-control-allow-origin: {}\r\n", origin);
  }
  head += more;
  head += "\r\n";
  return head;
}

[[nodiscard]] bool send_text(Connection& connection, std::string_view text) {
  FrameBuffer bytes;
  bytes.add(text);
  return connection.send(bytes.frames());
}

// A connection on which a stream begins with the head of the answer and ends by saying why. The head goes out with the first
// bytes, or when it is flushed: whoever has read it gets everything that happens from then on.
class StreamConnection final : public LwsConnection {
 public:
  StreamConnection(lws* wsi, Encoding& encoding, std::string head)
      : LwsConnection(wsi), encoding_(encoding), head_(std::move(head)) {}

  [[nodiscard]] bool send(std::span<std::byte> bytes) noexcept override {
    return flush_head() && LwsConnection::send(bytes);
  }
  void note_plain(const PlainSum& sum) noexcept override { sent_.add(sum); }
  [[nodiscard]] bool flush_head() noexcept {
    if (head_.empty()) {
      return true;
    }
    FrameBuffer head;
    head.add(std::exchange(head_, {}));
    return LwsConnection::send(head.frames());
  }

  [[nodiscard]] int end_now() {
    if (busy()) {  // the end comes after what waits; close() has set the time for it
      request_writable();
      return 0;
    }
    FrameBuffer end;
    encoding_.end_stream(end, sent_, close_code(), close_reason());
    (void)send(end.frames());
    return -1;
  }

 private:
  Encoding& encoding_;
  std::string head_;
  PlainSum sent_;
};

class Stream final : public LwsResponse {
 public:
  Stream(lws* wsi, Vhost& vhost, Admission admission, Encoding& encoding, std::string head)
      : connection_(wsi, encoding, std::move(head)),
        session_(connection_, vhost, std::move(admission), encoding) {}

  [[nodiscard]] bool begin() {
    session_.start();
    return connection_.flush_head();
  }
  [[nodiscard]] int on_writeable() override {
    connection_.writable_has_come();
    if (connection_.wants_close()) {
      return connection_.end_now();
    }
    session_.on_writable();
    return 0;
  }
  void on_closed() noexcept override { session_.on_closed(kGone); }

 private:
  static constexpr std::uint16_t kGone = 1006;
  StreamConnection connection_;
  Session session_;
};

class Page final : public LwsResponse {
 public:
  Page(lws* wsi, Vhost& vhost, Admission admission, bool gzip, std::string origin)
      : wsi_(wsi),
        connection_(wsi),
        origin_(std::move(origin)),
        page_(vhost, std::move(admission), gzip, [wsi] { lws_callback_on_writable(wsi); }) {}

  [[nodiscard]] int on_writeable() override {
    if (!page_.done() || connection_.busy()) {
      return 0;
    }
    lws_set_timeout(wsi_, PENDING_TIMEOUT_HTTP_CONTENT, kPageStallSeconds);
    if (page_.refusal()) {
      answer_refusal_http1(wsi_, *page_.refusal());
      return -1;
    }
    if (!std::exchange(has_head_, true)) {
      const std::string more = fmt::format("content-length: {}\r\n{}", page_.body().size(),
                                           page_.is_gzip() ? "content-encoding: gzip\r\n" : "");
      if (!send_text(connection_, head_of(MediaType::kJson, origin_, more))) {
        return -1;
      }
    } else if (n_sent_ == page_.body().size()) {
      return -1;
    } else {
      const std::string_view piece = std::string_view(page_.body()).substr(n_sent_, kPieceBytes);
      n_sent_ += piece.size();
      if (!send_text(connection_, piece)) {
        return -1;
      }
    }
    lws_callback_on_writable(wsi_);
    return 0;
  }
  void on_closed() noexcept override {}

 private:
  // close() is never called: nothing but this ends it.
  class PageConnection final : public LwsConnection {
   public:
    using LwsConnection::LwsConnection;
  };
  lws* wsi_;
  PageConnection connection_;
  std::string origin_;
  HistoryPage page_;
  bool has_head_ = false;
  std::size_t n_sent_ = 0;
};

}  // namespace

std::optional<int> begin_response(lws* wsi, LwsResponse*& response) {
  const auto type = choose_media_type(header_of(wsi, WSI_TOKEN_HTTP_ACCEPT));
  if (!type) {
    return std::nullopt;
  }
  UpgradeRequest request = request_of(wsi, lws_get_network_wsi(wsi) != wsi);
  if (!request.is_get || !endpoint_of_path(request.path)) {
    return std::nullopt;
  }
  request.last_event_id = custom_header_of(wsi, "last-event-id:");
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  Decision decision = decide_stream(request, *type, entry.vhost.get(), entry.error);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    const bool over_http2 = request.over_http2;
    refuse_request(wsi, *refusal, over_http2, entry.vhost.get());
    return over_http2 && lws_http_transaction_completed(wsi) == 0 ? 0 : -1;
  }
  auto& admission = std::get<Admission>(decision);
  const bool gzip = accepts_gzip(header_of(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING));
  LwsPlugin::instance()->plain_connections().remove(wsi);
  lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
  lws_http_headers_detach(wsi);
  if (*type == MediaType::kJson) {
    response = new Page(wsi, *entry.vhost, std::move(admission), gzip, std::move(request.origin));
    return 0;
  }
  auto stream = std::make_unique<Stream>(
      wsi, *entry.vhost, std::move(admission), entry.vhost->hub().encoding_of(*type, gzip),
      head_of(*type, request.origin,
              gzip ? "transfer-encoding: chunked\r\ncontent-encoding: gzip\r\n"
                   : "transfer-encoding: chunked\r\n"));
  if (!stream->begin()) {
    return -1;
  }
  response = stream.release();
  return 0;
}

}  // namespace ringside
