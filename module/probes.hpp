#pragma once
// The plain HTTP answers of the port: /healthz (this process), /readyz (the whole pipe), /metrics
// (Prometheus text). Knows nothing of lws. Threads: the lws service thread only.

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "core/base/heartbeat.hpp"
#include "core/proto/http_error.hpp"
#include "module/vhost.hpp"

namespace ringside {

struct HttpRequest {
  std::string path;
  bool is_get = true;         // GET or HEAD
  std::string host;           // Host
  std::string authorization;  // "Bearer ...", for the option metrics-role
};

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::span<const HttpField> fields;  // more headers
};

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
