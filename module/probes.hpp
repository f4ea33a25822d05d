#pragma once
// The plain HTTP answers of the port: /healthz (this process), /readyz (the whole pipe), /metrics
// (Prometheus text). Knows nothing of lws. Threads: the lws service thread only.

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/heartbeat.hpp"
#include "core/proto/http_error.hpp"
#include "core/proto/query.hpp"
#include "module/vhost.hpp"

namespace ringside {

enum class HttpMethod { kGet, kHead, kPost, kOptions, kOther };

[[nodiscard]] constexpr bool is_read(HttpMethod method) noexcept {
  return method == HttpMethod::kGet || method == HttpMethod::kHead;
}

struct HttpRequest {
  std::string path;
  HttpMethod method = HttpMethod::kGet;
  std::string host;                      // Host
  std::string authorization;             // "Bearer ..."
  std::string origin;                    // Origin; empty when there is none
  std::vector<QueryArgument> arguments;  // decoded
};

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::span<const HttpField> fields;                     // more headers
  std::vector<std::pair<std::string, std::string>> own;  // more headers, of this answer alone
  std::optional<Refusal> denied = {};  // why somebody has no right to an answer; for the log
};

// The answer to a request that is refused; `allow` names the methods that the path takes, with kMethodNotAllowed.
[[nodiscard]] HttpAnswer refusal_answer(const Refusal& refusal, std::string_view allow = {});

// Who asks, by Authorization; one of `roles` ("admin|ops") is needed, if there are any given.
[[nodiscard]] tl::expected<Identity, Refusal> bearer_of(const HttpRequest& request, Vhost& vhost,
                                                        std::optional<std::string_view> roles);

struct Readiness {
  bool ready = false;
  std::string
      reason;  // why not: "no ring at /run/ringside/ring", "the worker's heartbeat is 6000 ms old"
  std::chrono::milliseconds heartbeat_age{0};
};
// Whether a client can be served: a ring that can be read, and a worker whose heartbeat is younger than the timeout.
[[nodiscard]] Readiness readiness_of(Hub& hub, std::chrono::milliseconds worker_timeout);

// The page for Prometheus; empty while there is no control segment.
[[nodiscard]] std::string prometheus_of(Hub& hub,
                                        std::chrono::milliseconds worker_timeout = kWorkerTimeout);

// `vhost` is null where the configuration was refused; `config_error` then says why.
[[nodiscard]] HttpAnswer answer_http(const HttpRequest& request, Vhost* vhost,
                                     std::string_view config_error);

}  // namespace ringside
