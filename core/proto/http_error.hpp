#pragma once
// HttpError: every way in which this server refuses an HTTP request or an upgrade. Rows: protocol.json
// in this directory; script/generate makes the table here, conf/schemas/http/error.schema.json and the
// table in docs/protocol.md from it. Threads: pure.

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ringside {

enum class HttpError {
#define RS_HTTP_ERROR(enumerator, status, code, meaning) enumerator,
#include "core/proto/http_errors.inc"
#undef RS_HTTP_ERROR
};

struct HttpErrorInfo {
  HttpError error;
  unsigned status;
  std::string_view code;     // the member `error` of the body
  std::string_view meaning;  // one sentence for the documentation
};

// A header of the answer that RFC 6455, 6750 or 9110 requires with an error.
struct HttpField {
  std::string_view name;  // lower case
  std::string_view value;
};

[[nodiscard]] std::span<const HttpErrorInfo> http_errors() noexcept;
[[nodiscard]] const HttpErrorInfo& info_of(HttpError error) noexcept;

// Retry-After, WWW-Authenticate, Allow, Upgrade: what belongs to the error; empty for most.
[[nodiscard]] std::span<const HttpField> fields_of(HttpError error) noexcept;

// "Bad Request" for 400: the reason phrase of a status that this server answers with (RFC 9110 section 15).
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

// A request that is refused, before it is rendered as an answer.
struct Refusal {
  HttpError error = HttpError::kBadParameter;
  std::string message;    // for a person: what is wrong, and what to do
  std::string parameter;  // the query parameter at fault; empty where none is
  std::string user = {};  // whose token it is, once verified; for the log, no part of the answer

  [[nodiscard]] unsigned status() const noexcept { return info_of(error).status; }
  [[nodiscard]] std::string_view code() const noexcept { return info_of(error).code; }
  // The same, of somebody whose token was verified.
  [[nodiscard]] Refusal of(std::string_view owner) && {
    user = owner;
    return std::move(*this);
  }
  // {"error":CODE,"message":...,"parameter":...}
  [[nodiscard]] std::string body() const;
};

}  // namespace ringside
