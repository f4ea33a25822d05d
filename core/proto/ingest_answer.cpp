// The answers of OTLP are two small messages (ExportLogsServiceResponse and google.rpc.Status); writing them by hand keeps
// the protobuf library out of the web server's process.
#include "core/proto/ingest_answer.hpp"

#include <fmt/format.h>

#include "core/base/json.hpp"

namespace ringside {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProtobuf = "application/x-protobuf";

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80U; value >>= 7U) {
    out += static_cast<char>(value | 0x80U);
  }
  out += static_cast<char>(value);
}

void append_number(std::string& out, unsigned field, std::uint64_t value) {
  append_varint(out, field << 3U);
  append_varint(out, value);
}

void append_bytes(std::string& out, unsigned field, std::string_view bytes) {
  append_varint(out, field << 3U | 2U);
  append_varint(out, bytes.size());
  out += bytes;
}

// Codes of google.rpc.Code, by HTTP status.
[[nodiscard]] unsigned rpc_code_of(unsigned status) noexcept {
  switch (status) {
    case 400:
    case 411:
    case 413:
    case 415:
      return 3;  // INVALID_ARGUMENT
    case 401:
      return 16;  // UNAUTHENTICATED
    case 403:
      return 7;  // PERMISSION_DENIED
    case 404:
    case 405:
    case 501:
      return 12;  // UNIMPLEMENTED
    case 408:
      return 4;  // DEADLINE_EXCEEDED
    case 409:
      return 10;  // ABORTED
    case 429:
      return 8;  // RESOURCE_EXHAUSTED
    case 503:
      return 14;  // UNAVAILABLE
    default:
      return 2;  // UNKNOWN
  }
}

[[nodiscard]] IngestAnswer otlp_status(BodyForm form, HttpError error, std::string_view message) {
  const unsigned status = info_of(error).status;
  IngestAnswer answer{status, kProtobuf, {}, error};
  if (form == BodyForm::kProtobuf) {
    append_number(answer.body, 1, rpc_code_of(status));
    append_bytes(answer.body, 2, message);
    return answer;
  }
  answer.content_type = kJson;
  answer.body =
      Json::object().set("code", std::uint64_t{rpc_code_of(status)}).set("message", message).dump();
  return answer;
}

// One message for all: OTLP has no list.
[[nodiscard]] std::string summary_of(const IngestReport& report) {
  if (report.rejected.empty()) {
    return fmt::format("{} were rejected", report.n_rejected);
  }
  const IngestReport::Rejected& first = report.rejected.front();
  return fmt::format("{} were rejected; the first, number {}: {}", report.n_rejected, first.index,
                     first.message);
}

[[nodiscard]] IngestAnswer otlp_success(IngestKind kind, BodyForm form,
                                        const IngestReport& report) {
  IngestAnswer answer{200, form == BodyForm::kProtobuf ? kProtobuf : kJson, {}, {}};
  if (form == BodyForm::kProtobuf) {
    if (report.n_rejected != 0) {
      std::string partial;
      append_number(partial, 1, report.n_rejected);
      append_bytes(partial, 2, summary_of(report));
      append_bytes(answer.body, 1, partial);
    }
    return answer;
  }
  Json body = Json::object();
  if (report.n_rejected != 0) {
    // 64-bit integers are strings in the JSON encoding.
    body.set("partialSuccess",
             Json::object()
                 .set(kind == IngestKind::kOtlpLogs ? "rejectedLogRecords" : "rejectedDataPoints",
                      std::to_string(report.n_rejected))
                 .set("errorMessage", summary_of(report)));
  }
  answer.body = body.dump();
  return answer;
}

}  // namespace

IngestAnswer answer_of(IngestKind kind, BodyForm form, const IngestReport& report) {
  if (kind != IngestKind::kEvents) {
    return report.error ? otlp_status(form, *report.error, report.message)
                        : otlp_success(kind, form, report);
  }
  IngestAnswer answer{200, kJson, {}, report.error};
  std::string message = report.message;
  if (!answer.error && report.n_accepted == 0 && report.n_rejected != 0) {
    answer.error = HttpError::kInvalidEvents;
    message = "no event was accepted";
  }
  Json body = Json::object();
  if (answer.error) {
    answer.status = info_of(*answer.error).status;
    body.set("error", info_of(*answer.error).code).set("message", message);
  }
  Json list = Json::array();
  for (const IngestReport::Rejected& each : report.rejected) {
    list.append(Json::object().set("index", each.index).set("message", each.message));
  }
  body.set("accepted", report.n_accepted).set("rejected", list);
  if (report.n_rejected > report.rejected.size()) {
    body.set("rejected_total", report.n_rejected);
  }
  answer.body = body.dump();
  return answer;
}

IngestAnswer answer_of(IngestKind kind, BodyForm form, const Refusal& refusal) {
  if (kind != IngestKind::kEvents) {
    return otlp_status(form, refusal.error, refusal.message);
  }
  return {refusal.status(), kJson, refusal.body(), refusal.error};
}

}  // namespace ringside
