// Severity numbers come in fours: TRACE 1 to 4, and so on to FATAL 21 to 24. A record without one may have a text that is a
// level; otherwise it is as good as INFO.
#include "core/otlp/otlp_logs.hpp"

#include <array>

#include "core/policy/level.hpp"

namespace ringside::otlp {
namespace {

using opentelemetry::proto::logs::v1::LogRecord;

constexpr std::array<std::string_view, 6> kLevels{"TRACE", "DEBUG", "INFO",
                                                  "WARN",  "ERROR", "FATAL"};
constexpr int kNumbersPerLevel = 4;

std::string level_of(const LogRecord& record) {
  const int number = record.severity_number();
  if (number >= 1 && number <= static_cast<int>(kLevels.size()) * kNumbersPerLevel) {
    return std::string(kLevels[static_cast<std::size_t>((number - 1) / kNumbersPerLevel)]);
  }
  return parse_log_level(record.severity_text()) ? record.severity_text() : "INFO";
}

std::string message_of(const LogRecord& record) {
  if (record.body().has_string_value()) {
    return record.body().string_value();
  }
  const Json body = json_of(record.body());
  return body.ref().kind() == JsonKind::kNull ? record.event_name() : body.dump();
}

}  // namespace

Json log_event(const LogRecord& record, OtlpEncoding encoding, const Context& context) {
  Json data = Json::object();
  data.set("level", level_of(record)).set("message", message_of(record));
  if (!context.component.empty()) {
    data.set("component", context.component);
  }
  if (record.attributes_size() != 0) {
    data.set("details", json_of(record.attributes()));
  }
  Json metadata = Json::object();
  context.metadata.ref().for_each_member([&](std::string_view name, JsonRef value) {
    metadata.set(name, Json::copy_of(value));
    return true;
  });
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) {
      metadata.set(name, text);
    }
  };
  add("trace_id", id_of(encoding, record.trace_id(), 16));
  add("span_id", id_of(encoding, record.span_id(), 8));
  add("severity_text", record.severity_text());
  add("event_name", record.event_name());
  Json event = Json::object();
  event.set("event_type", "LogEntry");
  const auto time = time_of(record.time_unix_nano());
  if (const auto at = time ? time : time_of(record.observed_time_unix_nano())) {
    event.set("timestamp", *at);
  }
  event.set("data", data).set("metadata", metadata);
  return event;
}

}  // namespace ringside::otlp
