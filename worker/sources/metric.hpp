#pragma once
// Metric: one measured value on its way to becoming a MetricUpdate, as host_metrics and statsd make
// them.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "worker/sources/source_event.hpp"

namespace ringside {

enum class MetricKind { kGauge, kCounter, kHistogram };

// "gauge", "counter", "histogram": metric_type.
[[nodiscard]] std::string_view name_of(MetricKind kind) noexcept;

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Metric {
  std::string name;
  MetricKind kind = MetricKind::kGauge;
  double value = 0;
  Labels labels;
  std::string unit;         // "bytes", "percent", ...; empty for none
  std::string aggregation;  // how `value` was made of many: "sum", "average", ...; empty for none
  Json statistics;          // further numbers about the same interval; absent for none
};

// Where a metric comes from and when.
struct MetricContext {
  std::string_view source;  // metadata.source
  WallTime at;
  std::chrono::milliseconds interval{0};  // metadata.interval, in seconds
};

// The MetricUpdate for it. Nothing for a value that is not finite: there is no JSON for it.
[[nodiscard]] std::optional<SourceEvent> make_metric_event(const Metric& metric,
                                                           const MetricContext& context);

// `value` as a JSON integer where it is one exactly, so that byte counts read 1024 and not 1024.0.
[[nodiscard]] Json json_number(double value);

// Seconds, whole where they are.
[[nodiscard]] Json json_seconds(std::chrono::milliseconds time);

}  // namespace ringside
