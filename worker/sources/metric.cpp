// One builder for all MetricUpdates of the built-in sources, so that their members are in one
// order and their numbers read alike.
#include "worker/sources/metric.hpp"

#include <cmath>

namespace ringside {

std::string_view name_of(MetricKind kind) noexcept {
  switch (kind) {
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "gauge";
}

Json json_number(double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::abs(value) < kExact && std::trunc(value) == value) {
    return Json::integer(static_cast<std::int64_t>(value));
  }
  return Json::number(value);
}

Json json_seconds(std::chrono::milliseconds time) {
  return json_number(static_cast<double>(time.count()) / 1000.0);
}

std::optional<SourceEvent> make_metric_event(const Metric& metric, const MetricContext& context) {
  if (!std::isfinite(metric.value)) {
    return std::nullopt;
  }
  Json labels = Json::object();
  for (const auto& [name, value] : metric.labels) {
    labels.set(name, value);
  }
  Json data = Json::object();
  data.set("metric_name", metric.name)
      .set("metric_type", name_of(metric.kind))
      .set("value", json_number(metric.value))
      .set("labels", labels);
  if (metric.statistics.present()) {
    data.set("statistics", metric.statistics);
  }
  Json metadata = Json::object();
  metadata.set("interval", json_seconds(context.interval));
  if (!metric.aggregation.empty()) {
    metadata.set("aggregation", metric.aggregation);
  }
  if (!metric.unit.empty()) {
    metadata.set("unit", metric.unit);
  }
  metadata.set("source", context.source);
  return SourceEvent{"MetricUpdate", format_rfc3339(context.at), std::move(data),
                     std::move(metadata)};
}

}  // namespace ringside
