// A MetricUpdate has one number as its value, so that every panel can show it; of a distribution that is its mean, and the
// distribution is in `statistics`.
#include "core/otlp/otlp_metrics.hpp"

#include <cmath>

namespace ringside::otlp {
namespace {

namespace pb = opentelemetry::proto::metrics::v1;

// What the kinds of points have in common.
struct Point {
  std::string_view type;
  Json value;       // absent: not finite
  Json statistics;  // absent: none
  const Attributes* attributes = nullptr;
  std::uint64_t time = 0;
  std::uint32_t flags = 0;
  int temporality = 0;  // AggregationTemporality
};

Json finite(double value) { return std::isfinite(value) ? Json::number(value) : Json(); }

Json count_json(std::uint64_t count) { return Json::integer(static_cast<std::int64_t>(count)); }

Json mean_of(double sum, std::uint64_t count) {
  return count == 0 ? Json::integer(0) : finite(sum / static_cast<double>(count));
}

template <class T>
Point point_of(const T& point, std::string_view type) {
  Point out;
  out.type = type;
  out.attributes = &point.attributes();
  out.time = point.time_unix_nano();
  out.flags = point.flags();
  return out;
}

Point number_point(const pb::NumberDataPoint& point, std::string_view type) {
  Point out = point_of(point, type);
  if (point.value_case() == pb::NumberDataPoint::kAsInt) {
    out.value = Json::integer(point.as_int());
  } else if (point.value_case() == pb::NumberDataPoint::kAsDouble) {
    out.value = finite(point.as_double());
  }
  return out;
}

template <class T>
Json statistics_of(const T& point) {
  Json out = Json::object();
  out.set("count", count_json(point.count()));
  if (point.has_sum()) {
    out.set("sum", Json::number(point.sum()));
  }
  if (point.has_min()) {
    out.set("min", Json::number(point.min()));
  }
  if (point.has_max()) {
    out.set("max", Json::number(point.max()));
  }
  return out;
}

template <class T>
Json counts_json(const T& counts) {
  Json out = Json::array();
  for (const auto count : counts) {
    out.append(count_json(count));
  }
  return out;
}

Point histogram_point(const pb::HistogramDataPoint& point) {
  Point out = point_of(point, "histogram");
  out.value = mean_of(point.sum(), point.count());
  out.statistics = statistics_of(point);
  Json bounds = Json::array();
  for (const double bound : point.explicit_bounds()) {
    bounds.append(Json::number(bound));
  }
  out.statistics.set("bounds", bounds).set("buckets", counts_json(point.bucket_counts()));
  return out;
}

Json buckets_of(const pb::ExponentialHistogramDataPoint::Buckets& buckets) {
  return Json::object()
      .set("offset", buckets.offset())
      .set("buckets", counts_json(buckets.bucket_counts()))
      .deep_copy();
}

Point exponential_point(const pb::ExponentialHistogramDataPoint& point) {
  Point out = point_of(point, "histogram");
  out.value = mean_of(point.sum(), point.count());
  out.statistics = statistics_of(point);
  out.statistics.set("scale", point.scale()).set("zero_count", count_json(point.zero_count()));
  out.statistics.set("positive", buckets_of(point.positive()))
      .set("negative", buckets_of(point.negative()));
  return out;
}

Point summary_point(const pb::SummaryDataPoint& point) {
  Point out = point_of(point, "summary");
  out.value = mean_of(point.sum(), point.count());
  out.statistics = Json::object();
  out.statistics.set("count", count_json(point.count())).set("sum", Json::number(point.sum()));
  Json quantiles = Json::object();
  for (const auto& each : point.quantile_values()) {
    quantiles.set(Json::number(each.quantile()).dump(), Json::number(each.value()));
  }
  out.statistics.set("quantiles", quantiles);
  return out;
}

Point point_at(const pb::Metric& metric, int i) {
  Point out;
  switch (metric.data_case()) {
    case pb::Metric::kGauge:
      return number_point(metric.gauge().data_points(i), "gauge");
    case pb::Metric::kSum:
      out = number_point(metric.sum().data_points(i),
                         metric.sum().is_monotonic() ? "counter" : "gauge");
      out.temporality = metric.sum().aggregation_temporality();
      return out;
    case pb::Metric::kHistogram:
      out = histogram_point(metric.histogram().data_points(i));
      out.temporality = metric.histogram().aggregation_temporality();
      return out;
    case pb::Metric::kExponentialHistogram:
      out = exponential_point(metric.exponential_histogram().data_points(i));
      out.temporality = metric.exponential_histogram().aggregation_temporality();
      return out;
    case pb::Metric::kSummary:
      return summary_point(metric.summary().data_points(i));
    case pb::Metric::DATA_NOT_SET:
      break;
  }
  return out;
}

Json metadata_of(const Point& point, const Context& context) {
  Json metadata = Json::object();
  context.metadata.ref().for_each_member([&](std::string_view name, JsonRef value) {
    metadata.set(name, Json::copy_of(value));
    return true;
  });
  if (point.temporality == pb::AGGREGATION_TEMPORALITY_DELTA) {
    metadata.set("aggregation", "delta");
  } else if (point.temporality == pb::AGGREGATION_TEMPORALITY_CUMULATIVE) {
    metadata.set("aggregation", "cumulative");
  }
  return metadata;
}

}  // namespace

int n_points_of(const pb::Metric& metric) noexcept {
  switch (metric.data_case()) {
    case pb::Metric::kGauge:
      return metric.gauge().data_points_size();
    case pb::Metric::kSum:
      return metric.sum().data_points_size();
    case pb::Metric::kHistogram:
      return metric.histogram().data_points_size();
    case pb::Metric::kExponentialHistogram:
      return metric.exponential_histogram().data_points_size();
    case pb::Metric::kSummary:
      return metric.summary().data_points_size();
    case pb::Metric::DATA_NOT_SET:
      break;
  }
  return 0;
}

MetricEvent metric_event(const pb::Metric& metric, int i, const Context& context) {
  const Point point = point_at(metric, i);
  if ((point.flags & pb::DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) != 0) {
    return NoValue{};
  }
  if (!point.value.present()) {
    return "the value of " + metric.name().substr(0, 100) + " is missing or not a finite number";
  }
  Json data = Json::object();
  data.set("metric_name", metric.name()).set("metric_type", point.type).set("value", point.value);
  if (!metric.unit().empty()) {
    data.set("unit", metric.unit());
  }
  if (point.attributes->size() != 0) {
    data.set("labels", labels_of(*point.attributes));
  }
  if (point.statistics.present()) {
    data.set("statistics", point.statistics);
  }
  Json event = Json::object();
  event.set("event_type", "MetricUpdate");
  if (const auto at = time_of(point.time)) {
    event.set("timestamp", *at);
  }
  event.set("data", data).set("metadata", metadata_of(point, context));
  return event;
}

}  // namespace ringside::otlp
