// A record is built when it is asked for; its context when the first of its records is.
#include "core/otlp/otlp_reader.hpp"

#include <opentelemetry/proto/logs/v1/logs.pb.h>
#include <opentelemetry/proto/metrics/v1/metrics.pb.h>

#include <optional>
#include <utility>

#include "core/otlp/otlp_logs.hpp"
#include "core/otlp/otlp_metrics.hpp"
#include "core/otlp/otlp_value.hpp"

namespace ringside {

struct OtlpReader::State {
  OtlpBody body;
  std::size_t i = 0;  // the next record
  std::optional<std::size_t> context_at;
  otlp::Context context;
  // The metric whose points are next.
  opentelemetry::proto::metrics::v1::Metric metric;
  int point = 0;
  int n_points = 0;

  Next take_record(std::string& text);
  Next take_log(std::string_view record, std::string& text) const;
  Next take_metric(std::string_view record, std::string& text);
  Next take_point(std::string& text);
};

OtlpReader::OtlpReader(OtlpBody body) : state_(std::make_unique<State>()) {
  state_->body = std::move(body);
}
OtlpReader::OtlpReader(OtlpReader&&) noexcept = default;
OtlpReader& OtlpReader::operator=(OtlpReader&&) noexcept = default;
OtlpReader::~OtlpReader() = default;

OtlpReader::Next OtlpReader::next(std::string& text) {
  if (state_->point < state_->n_points) {
    return state_->take_point(text);
  }
  return state_->i < state_->body.n_records() ? state_->take_record(text) : Next::kEnd;
}

OtlpReader::Next OtlpReader::State::take_record(std::string& text) {
  const std::size_t at = i++;
  const std::size_t in = body.context_of(at);
  if (context_at != in) {
    context = otlp::read_context(body.encoding(), body.context(in), kMaxContextBytes);
    context_at = in;
  }
  const std::string_view record = body.record(at);
  if (!context.fault.empty()) {
    text = context.fault;
    return Next::kRejected;
  }
  if (record.size() > kMaxRecordBytes) {
    text = "is longer than " + std::to_string(kMaxRecordBytes) + " bytes";
    return Next::kRejected;
  }
  return body.signal() == OtlpSignal::kLogs ? take_log(record, text) : take_metric(record, text);
}

OtlpReader::Next OtlpReader::State::take_log(std::string_view record, std::string& text) const {
  opentelemetry::proto::logs::v1::LogRecord message;
  if (!otlp::read_message(body.encoding(), record, message)) {
    text = "cannot be read as a log record";
    return Next::kRejected;
  }
  text = otlp::log_event(message, body.encoding(), context).dump();
  return Next::kEvent;
}

OtlpReader::Next OtlpReader::State::take_metric(std::string_view record, std::string& text) {
  metric.Clear();
  if (!otlp::read_message(body.encoding(), record, metric)) {
    text = "cannot be read as a metric";
    return Next::kRejected;
  }
  point = 0;
  n_points = otlp::n_points_of(metric);
  return n_points == 0 ? Next::kSkipped : take_point(text);
}

OtlpReader::Next OtlpReader::State::take_point(std::string& text) {
  const otlp::MetricEvent event = otlp::metric_event(metric, point++, context);
  if (const auto* json = std::get_if<Json>(&event)) {
    text = json->dump();
    return Next::kEvent;
  }
  if (const auto* why = std::get_if<std::string>(&event)) {
    text = *why;
    return Next::kRejected;
  }
  return Next::kSkipped;
}

}  // namespace ringside
