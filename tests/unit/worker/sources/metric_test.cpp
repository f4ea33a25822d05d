#include "worker/sources/metric.hpp"

#include <limits>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {
const MetricContext kContext{"statsd", wall_from_ns(1'758'880'800'000'000'000),
                             std::chrono::milliseconds(2500)};

SourceEvent made(const Metric& metric) {
  auto event = make_metric_event(metric, kContext);
  RS_EXPECT(event.has_value());
  return std::move(*event);
}

}  // namespace

RS_TEST(metric_becomes_the_metric_update_of_the_api) {
  Metric metric;
  metric.name = "disk_free";
  metric.value = 1024;
  metric.labels = {{"device", "sda"}, {"host", "web-01"}};
  metric.unit = "bytes";
  const SourceEvent event = made(metric);
  RS_EXPECT_EQ(event.type, "MetricUpdate");
  RS_EXPECT_EQ(event.timestamp, "2025-09-26T10:00:00.000000Z");
  RS_EXPECT_EQ(
      event.data.dump(),
      R"({"metric_name":"disk_free","metric_type":"gauge","value":1024,"labels":{"device":"sda","host":"web-01"}})");
  RS_EXPECT_EQ(event.metadata.dump(), R"({"interval":2.5,"unit":"bytes","source":"statsd"})");
}

RS_TEST(metric_carries_how_it_was_made_of_many) {
  Metric metric;
  metric.name = "latency";
  metric.kind = MetricKind::kHistogram;
  metric.value = 1.5;
  metric.aggregation = "average";
  metric.statistics = std::move(Json::object().set("count", 2));
  const SourceEvent event = made(metric);
  RS_EXPECT_EQ(event.data["metric_type"].as_string().value_or(""), "histogram");
  RS_EXPECT_EQ(event.data["statistics"].dump(), R"({"count":2})");
  RS_EXPECT_EQ(event.metadata["aggregation"].as_string().value_or(""), "average");
}

RS_TEST(metric_that_is_not_finite_gives_no_event) {
  Metric metric;
  metric.name = "x";
  metric.value = std::numeric_limits<double>::quiet_NaN();
  RS_EXPECT(!make_metric_event(metric, kContext).has_value());
  metric.value = std::numeric_limits<double>::infinity();
  RS_EXPECT(!make_metric_event(metric, kContext).has_value());
}

RS_TEST(json_number_is_an_integer_only_where_that_is_exact) {
  RS_EXPECT_EQ(json_number(42).dump(), "42");
  RS_EXPECT_EQ(json_number(-1).dump(), "-1");
  RS_EXPECT_EQ(json_number(0.1).dump(), "0.1");
  RS_EXPECT_EQ(json_number(1e300).dump(), "1e+300");
}

RS_TEST(metric_name_that_is_not_utf8_is_repaired) {
  Metric metric;
  metric.name = "a\xFF";
  RS_EXPECT_EQ(made(metric).data["metric_name"].as_string().value_or(""), "a\xEF\xBF\xBD");
}
