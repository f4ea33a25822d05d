#pragma once
// Ingest: the paths that take events over HTTP, and in which forms. One row for each path; module and worker read the
// same table.  Threads: pure.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ringside {

enum class IngestKind { kEvents, kOtlpLogs, kOtlpMetrics };

struct IngestPath {
  IngestKind kind = IngestKind::kEvents;
  std::string_view path;  // "/events"
  std::string_view name;  // "events": on the wire between module and worker
};

// Every path, in the order of the enumerators.
[[nodiscard]] std::span<const IngestPath> ingest_paths() noexcept;
[[nodiscard]] const IngestPath& info_of(IngestKind kind) noexcept;
// Nothing for a path that takes no events.
[[nodiscard]] std::optional<IngestKind> ingest_of_path(std::string_view path) noexcept;

// How the body is to be read.
enum class BodyForm {
  kJson,      // one JSON value, an array of them, or several after one another
  kLines,     // a JSON value in each line
  kProtobuf,  // an OTLP message
};
[[nodiscard]] std::string_view name_of(BodyForm form) noexcept;  // "json"

// The form that a Content-Type (RFC 9110 section 8.3) names for a path; parameters are ignored. For events, no type, and
// the one that curl sends by itself, count as JSON. Nothing: the path does not take that type.
[[nodiscard]] std::optional<BodyForm> body_form_of(IngestKind kind,
                                                   std::string_view content_type) noexcept;

// Whether the body is compressed with gzip, as Content-Encoding (RFC 9110 section 8.4) says; nothing for a coding other than
// gzip and identity, and for several.
[[nodiscard]] std::optional<bool> is_gzip_of(std::string_view content_encoding) noexcept;

// The key in an Idempotency-Key header, which may be in double quotes; nothing when it is not 1 to 255 visible ASCII
// characters.
[[nodiscard]] std::optional<std::string> idempotency_key_of(std::string_view header);

}  // namespace ringside
