#pragma once
// The plain HTTP answers of the port: /healthz (this process), /readyz (the whole pipe), /metrics
// (Prometheus text). Knows nothing of lws. Threads: the lws service thread only.

#include <span>
#include <string>
#include <string_view>

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

// `vhost` is null where the configuration was refused; `config_error` then says why.
[[nodiscard]] HttpAnswer answer_http(const HttpRequest& request, Vhost* vhost,
                                     std::string_view config_error);

}  // namespace ringside
