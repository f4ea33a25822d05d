#pragma once
// The decision on a request that brings events (POST /events, /v1/logs, /v1/metrics): from its head to "take it" or to an
// answer that says why not. Every refusal before the body is decided here. Knows nothing of lws.
//
// Threads: the lws service thread only.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/proto/http_error.hpp"
#include "core/proto/ingest.hpp"
#include "module/vhost.hpp"
#include "module/waiting_room.hpp"

namespace ringside {

struct IngestHead {
  bool is_post = true;
  bool over_http2 = false;
  std::string host;
  std::string origin;
  std::string authorization;  // "Bearer ..."
  std::string token;          // of ?token=
  std::string
      unknown_parameter;  // any other of the query, or the token once more; empty: there is none
  std::string content_type;
  std::string content_encoding;
  std::string idempotency_key;
  std::string address;     // the peer's
  bool has_length = true;  // Content-Length
  bool is_chunked = false;
};

struct IngestAdmission {
  IngestKind kind = IngestKind::kEvents;
  BodyForm form = BodyForm::kJson;
  bool is_gzip = false;
  bool is_chunked = false;
  std::string key;
  Identity identity;
  std::string address;
  std::unique_ptr<WaitingRoom::Place> place;
};

using IngestDecision = std::variant<IngestAdmission, Refusal>;

// `vhost` is null where the configuration was refused; `config_error` then says why.
[[nodiscard]] IngestDecision decide_ingest(IngestKind kind, const IngestHead& head, Vhost* vhost,
                                           std::string_view config_error);

}  // namespace ringside
