#pragma once
// IngestAnswer: the HTTP answer to a request with events, in the form that its path asks for: our JSON for /events, and for
// /v1/logs and /v1/metrics what the OTLP specification says ("OTLP/HTTP Response"), in the encoding of the request.
//
// Threads: pure.

#include <optional>
#include <string>
#include <string_view>

#include "core/proto/http_error.hpp"
#include "core/proto/ingest.hpp"
#include "core/proto/ingest_wire.hpp"

namespace ringside {

struct IngestAnswer {
  unsigned status = 200;
  std::string_view content_type;
  std::string body;
  std::optional<HttpError> error;  // for the headers that belong to it, see fields_of()
};

// The worker has looked at the whole body, or says why it did not.
[[nodiscard]] IngestAnswer answer_of(IngestKind kind, BodyForm form, const IngestReport& report);

// The request was refused before the worker had a word.
[[nodiscard]] IngestAnswer answer_of(IngestKind kind, BodyForm form, const Refusal& refusal);

}  // namespace ringside
