#pragma once
// The plain HTTP answers of the port: /healthz (this process), /readyz (the whole pipe), /metrics
// (Prometheus text). Knows nothing of lws. Threads: the lws service thread only.

#include <string>
#include <string_view>

#include "module/vhost.hpp"

namespace ringside {

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
};

// `vhost` is null where the configuration was refused; `config_error` then says why.
[[nodiscard]] HttpAnswer answer_http(std::string_view path, bool is_get, Vhost* vhost,
                                     std::string_view config_error);

}  // namespace ringside
