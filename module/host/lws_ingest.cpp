// lws watches a duplicate of the socket to the worker, which is its own to close; so it does not matter which of the two
// ends first.
#include "module/host/lws_ingest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "module/host/host_patches.hpp"
#include "module/host/lws_connection.hpp"
#include "module/host/lws_http.hpp"
#include "module/host/lws_plugin.hpp"
#include "module/ingest_admission.hpp"
#include "module/ingest_request.hpp"
#include "module/transport/frame.hpp"

namespace ringside {
namespace {

constexpr int kDiscardSeconds = 5;  // for the rest of a body after its answer
constexpr int kAnswerSeconds = 30;  // for an answer that the client does not take
constexpr std::string_view kTraces = "/v1/traces";

[[nodiscard]] bool send_text(Connection& connection, std::string_view text) {
  FrameBuffer bytes;
  bytes.add(text);
  return connection.send(bytes.frames());
}

std::string text_of(const IngestAnswer& answer, bool keeps_alive) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\ncontent-type: {}\r\ncontent-length: {}\r\ncache-control: no-store\r\n",
      answer.status, reason_phrase(answer.status), answer.content_type, answer.body.size());
  if (answer.error == HttpError::kMethodNotAllowed) {
    text += "allow: POST\r\n";
  } else if (answer.error) {
    for (const HttpField& field : fields_of(*answer.error)) {
      text += fmt::format("{}: {}\r\n", field.name, field.value);
    }
  }
  text += keeps_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
  text += answer.body;
  return text;
}

// Nothing but its owner ends it.
class PlainConnection final : public LwsConnection {
 public:
  using LwsConnection::LwsConnection;
};

class Ingest final : public LwsResponse {
 public:
  Ingest(lws* wsi, Vhost& vhost, IngestAdmission admission, UniqueFd worker, bool keeps_alive)
      : wsi_(wsi),
        connection_(wsi),
        keeps_alive_(keeps_alive),
        request_(vhost, std::move(admission), std::move(worker),
                 {[wsi](bool reads) { lws_rx_flow_control(wsi, reads ? 1 : 0); },
                  [this] {
                    if (worker_wsi_ != nullptr) {
                      lws_callback_on_writable(worker_wsi_);
                    }
                  },
                  [wsi] {
                    if (!host_has_patch("connections-that-are-not-read")) {
                      lws_rx_flow_control(wsi, 1);  // or it would not be written to
                    }
                    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, kAnswerSeconds);
                    lws_callback_on_writable(wsi);
                  }}) {}
  ~Ingest() override {
    if (worker_wsi_ != nullptr) {
      lws_set_opaque_user_data(worker_wsi_, nullptr);
      // lws: lws_wsi_close() does not compile in C++; this is its expansion.
      lws_set_timeout(worker_wsi_, static_cast<pending_timeout>(1), LWS_TO_KILL_ASYNC);
    }
  }

  // False when lws has no room for it.
  [[nodiscard]] bool watch_worker() {
    lws_sock_file_fd_type watched{};
    watched.filefd = fcntl(request_.worker_fd(), F_DUPFD_CLOEXEC, 0);
    if (watched.filefd < 0) {
      return false;
    }
    worker_wsi_ = lws_adopt_descriptor_vhost(lws_get_vhost(wsi_), LWS_ADOPT_RAW_FILE_DESC, watched,
                                             kMainProtocol.data(), nullptr);
    if (worker_wsi_ == nullptr) {
      ::close(watched.filefd);
      return false;
    }
    // It is no connection from outside.
    LwsPlugin::instance()->plain_connections().remove(worker_wsi_);
    lws_set_opaque_user_data(worker_wsi_, this);
    lws_callback_on_writable(worker_wsi_);
    return true;
  }
  [[nodiscard]] bool say_continue() {
    return send_text(connection_, "HTTP/1.1 100 Continue\r\n\r\n");
  }

  [[nodiscard]] int on_body(std::string_view bytes) override {
    LwsPlugin::instance()->plain_connections().touch(wsi_, system_clock().mono_now());
    request_.on_body(bytes);
    return 0;
  }
  [[nodiscard]] int on_body_end() override {
    has_ended_ = true;
    request_.on_body_end();
    return 0;
  }
  [[nodiscard]] int on_worker(lws_callback_reasons reason) {
    if (reason == LWS_CALLBACK_RAW_CLOSE_FILE) {
      worker_wsi_ = nullptr;
      request_.on_worker_readable();  // to its end
      return 0;
    }
    if (reason == LWS_CALLBACK_RAW_WRITEABLE_FILE) {
      request_.on_worker_writable();
    } else {
      request_.on_worker_readable();
    }
    return request_.answer() ? -1
                             : 0;  // nothing more comes on it, and its end would be told forever
  }

  [[nodiscard]] int on_writeable() override {
    if (!request_.answer()) {
      return 0;
    }
    // What is left of a body that failed is read over for a moment: closing over it would reset the connection, and the
    // answer could be lost. Then nothing else may come on this connection.
    const bool keeps_alive = keeps_alive_ && has_ended_;
    if (!std::exchange(is_sent_, true) &&
        !send_text(connection_, text_of(*request_.answer(), keeps_alive))) {
      return -1;
    }
    if (connection_.busy()) {
      lws_callback_on_writable(wsi_);
      return 0;
    }
    if (!keeps_alive && request_.is_body_complete()) {
      return -1;
    }
    lws_set_timeout(wsi_, PENDING_TIMEOUT_HTTP_CONTENT, kDiscardSeconds);
    lws_rx_flow_control(wsi_, 1);
    is_over_ = true;
    return 0;
  }
  [[nodiscard]] bool is_over() const noexcept override { return is_over_; }
  void on_closed() noexcept override {}

 private:
  lws* wsi_;
  lws* worker_wsi_ = nullptr;
  PlainConnection connection_;
  bool keeps_alive_;
  bool has_ended_ = false;  // the body, as lws counts it
  bool is_sent_ = false;
  bool is_over_ = false;
  IngestRequest request_;
};

IngestHead head_of(lws* wsi, const HttpTarget& target) {
  IngestHead head;
  head.is_post = target.method == HttpMethod::kPost;
  head.over_http2 = lws_get_network_wsi(wsi) != wsi;
  head.host = header_of(wsi, WSI_TOKEN_HOST);
  head.origin = header_of(wsi, WSI_TOKEN_ORIGIN);
  head.address = address_of(wsi);
  head.authorization = header_of(wsi, WSI_TOKEN_HTTP_AUTHORIZATION);
  for (const auto& [name, value] : arguments_of(wsi)) {
    if (name == "token" && head.token.empty()) {
      head.token = value;
    } else {
      head.unknown_parameter = name;
    }
  }
  head.content_type = header_of(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE);
  head.content_encoding = header_of(wsi, WSI_TOKEN_HTTP_CONTENT_ENCODING);
  head.idempotency_key = custom_header_of(wsi, "idempotency-key:");
  head.has_length = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
  head.is_chunked = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
  return head;
}

// lws reads over a body that comes with it, and closes when that takes too long.
int refuse(lws* wsi, IngestKind kind, const IngestHead& head, const Refusal& refusal,
           Vhost* vhost) {
  if (vhost != nullptr) {
    vhost->hub().count(Counter::kIngestRefused);
    log_refusal(wsi, refusal, *vhost);
  }
  const BodyForm form = body_form_of(kind, head.content_type).value_or(BodyForm::kJson);
  const IngestAnswer answer = answer_of(kind, form, refusal);
  if (head.over_http2) {
    (void)answer_http_through_lws(wsi,
                                  {answer.status,
                                   std::string(answer.content_type),
                                   answer.body,
                                   fields_of(refusal.error),
                                   {}},
                                  false);
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
  }
  PlainConnection connection(wsi);
  if (!send_text(connection, text_of(answer, false))) {
    return -1;
  }
  const bool has_body = head.has_length || head.is_chunked;
  return !has_body || lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

}  // namespace

bool is_ingest_path(std::string_view path) noexcept {
  return ingest_of_path(path).has_value() || path == kTraces;
}

std::optional<int> begin_ingest(lws* wsi, LwsResponse*& response) {
  const HttpTarget target = target_of(wsi);
  if (!is_ingest_path(target.path)) {
    return std::nullopt;
  }
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  const IngestHead head = head_of(wsi, target);
  if (target.path == kTraces) {
    return refuse(wsi, IngestKind::kOtlpLogs, head,
                  {HttpError::kNotFound,
                   "traces are not taken here, only logs and metrics; set "
                   "OTEL_TRACES_EXPORTER=none",
                   {}},
                  entry.vhost.get());
  }
  const IngestKind kind = *ingest_of_path(target.path);
  IngestDecision decision = decide_ingest(kind, head, entry.vhost.get(), entry.error);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    return refuse(wsi, kind, head, *refusal, entry.vhost.get());
  }
  auto worker = IngestRequest::connect(entry.vhost->hub().run_dir());
  if (!worker) {
    log::debug("no worker for a request with events: {}", worker.error().message);
    return refuse(wsi, kind, head,
                  {HttpError::kWorkerAway,
                   "the worker does not listen; is ringsided running, with http.enabled?",
                   {}},
                  entry.vhost.get());
  }
  const bool keeps_alive = !head.is_chunked && header_of(wsi, WSI_TOKEN_HTTP) == "HTTP/1.1" &&
                           !equals_ignoring_case(header_of(wsi, WSI_TOKEN_CONNECTION), "close");
  const bool wants_continue =
      equals_ignoring_case(header_of(wsi, WSI_TOKEN_HTTP_EXPECT), "100-continue");
  auto ingest =
      std::make_unique<Ingest>(wsi, *entry.vhost, std::move(std::get<IngestAdmission>(decision)),
                               std::move(*worker), keeps_alive);
  if (!ingest->watch_worker()) {
    return refuse(wsi, kind, head,
                  {HttpError::kOverloaded, "this process has no descriptors left; try again", {}},
                  entry.vhost.get());
  }
  if (wants_continue && !ingest->say_continue()) {
    return -1;
  }
  lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
  response = ingest.release();
  return 0;
}

int on_worker_socket(lws* wsi, lws_callback_reasons reason) {
  auto* const ingest = static_cast<Ingest*>(lws_get_opaque_user_data(wsi));
  return ingest != nullptr ? ingest->on_worker(reason) : -1;
}

}  // namespace ringside
