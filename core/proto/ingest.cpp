// One table, so that the plugin's routing and what the worker is told cannot disagree about a path.
#include "core/proto/ingest.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::array<IngestPath, 3> kPaths{{
    {IngestKind::kEvents, "/events", "events"},
    {IngestKind::kOtlpLogs, "/v1/logs", "otlp_logs"},
    {IngestKind::kOtlpMetrics, "/v1/metrics", "otlp_metrics"},
}};

struct TypeRow {
  std::string_view type;
  BodyForm form;
  bool for_events;
  bool for_otlp;
};
constexpr std::array<TypeRow, 9> kTypes{{
    {"", BodyForm::kJson, true, false},
    {"application/json", BodyForm::kJson, true, true},
    {"text/json", BodyForm::kJson, true, false},
    {"application/x-www-form-urlencoded", BodyForm::kJson, true, false},  // curl --data
    {"application/x-ndjson", BodyForm::kLines, true, false},
    {"application/ndjson", BodyForm::kLines, true, false},
    {"application/jsonl", BodyForm::kLines, true, false},
    {"text/plain", BodyForm::kLines, true, false},
    {"application/x-protobuf", BodyForm::kProtobuf, false, true},
}};

constexpr std::size_t kMaxKeyBytes = 255;

}  // namespace

std::span<const IngestPath> ingest_paths() noexcept { return kPaths; }

const IngestPath& info_of(IngestKind kind) noexcept {
  return kPaths[static_cast<std::size_t>(kind)];
}

std::optional<IngestKind> ingest_of_path(std::string_view path) noexcept {
  const auto* at = std::ranges::find(kPaths, path, &IngestPath::path);
  return at == kPaths.end() ? std::nullopt : std::optional(at->kind);
}

std::string_view name_of(BodyForm form) noexcept {
  switch (form) {
    case BodyForm::kJson:
      return "json";
    case BodyForm::kLines:
      return "lines";
    case BodyForm::kProtobuf:
      return "protobuf";
  }
  return "";
}

std::optional<BodyForm> body_form_of(IngestKind kind, std::string_view content_type) noexcept {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  const bool is_otlp = kind != IngestKind::kEvents;
  for (const TypeRow& row : kTypes) {
    if (equals_ignoring_case(row.type, type) && (is_otlp ? row.for_otlp : row.for_events)) {
      return row.form;
    }
  }
  return std::nullopt;
}

std::optional<bool> is_gzip_of(std::string_view content_encoding) noexcept {
  const std::string_view coding = trim(content_encoding);
  if (coding.empty() || equals_ignoring_case(coding, "identity")) {
    return false;
  }
  if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) {
    return true;
  }
  return std::nullopt;
}

std::optional<std::string> idempotency_key_of(std::string_view header) {
  std::string_view key = trim(header);
  if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
    key = key.substr(1, key.size() - 2);
  }
  const bool is_visible =
      std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f' && c != '"'; });
  if (key.empty() || key.size() > kMaxKeyBytes || !is_visible) {
    return std::nullopt;
  }
  return std::string(key);
}

}  // namespace ringside
