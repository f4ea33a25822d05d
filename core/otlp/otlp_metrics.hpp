#pragma once
// A metric of OTLP as MetricUpdates, one for each data point.  Threads: pure.

#include <opentelemetry/proto/metrics/v1/metrics.pb.h>

#include <variant>

#include "core/otlp/otlp_value.hpp"

namespace ringside::otlp {

[[nodiscard]] int n_points_of(const opentelemetry::proto::metrics::v1::Metric& metric) noexcept;

struct NoValue {};                                             // the point says that there is none
using MetricEvent = std::variant<Json, NoValue, std::string>;  // a string: why it is rejected

// `i`: of n_points_of().
[[nodiscard]] MetricEvent metric_event(const opentelemetry::proto::metrics::v1::Metric& metric,
                                       int i, const Context& context);

}  // namespace ringside::otlp
