#include "worker/sources/statsd/statsd_table.hpp"

#include <algorithm>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

constexpr std::chrono::milliseconds kInterval(10'000);

bool add(StatsdTable& table, std::string_view line) {
  auto parsed = parse_statsd_line(line);
  RS_EXPECT(std::holds_alternative<StatsdSample>(parsed));
  return table.add(std::get<StatsdSample>(parsed));
}

void must_add(StatsdTable& table, std::string_view line) { RS_EXPECT(add(table, line)); }

Metric only(StatsdTable& table) {
  auto metrics = table.flush(kInterval);
  RS_EXPECT_EQ(metrics.size(), 1u);
  return std::move(metrics.at(0));
}

}  // namespace

RS_TEST(counter_is_the_sum_by_rate) {
  StatsdTable table;
  must_add(table, "hits:3|c");
  must_add(table, "hits:1|c|@0.1");
  const Metric metric = only(table);
  RS_EXPECT_EQ(metric.value, 13.0);
  RS_EXPECT(metric.kind == MetricKind::kCounter);
  RS_EXPECT_EQ(metric.aggregation, "sum");
  RS_EXPECT_EQ(metric.statistics.dump(), R"({"per_second":1.3})");
  RS_EXPECT(table.flush(kInterval).empty());
}

RS_TEST(gauge_is_the_last_value_and_changes_survive_a_flush) {
  StatsdTable table;
  must_add(table, "temp:20|g");
  must_add(table, "temp:21.5|g");
  RS_EXPECT_EQ(only(table).value, 21.5);
  RS_EXPECT(table.flush(kInterval).empty());
  must_add(table, "temp:-1.5|g");
  must_add(table, "temp:+10|g");
  RS_EXPECT_EQ(only(table).value, 30.0);
}

RS_TEST(timer_has_mean_extremes_and_percentiles) {
  StatsdTable table;
  for (int i = 100; i >= 1; --i) {
    must_add(table, "t:" + std::to_string(i) + "|ms");
  }
  const Metric metric = only(table);
  RS_EXPECT_EQ(metric.value, 50.5);
  RS_EXPECT_EQ(metric.unit, "milliseconds");
  RS_EXPECT(metric.kind == MetricKind::kHistogram);
  RS_EXPECT_EQ(metric.statistics.dump(),
               R"({"count":100,"sum":5050,"min":1,"max":100,"p50":50,"p95":95,"p99":99})");
}

RS_TEST(timer_with_a_rate_counts_what_was_not_sent) {
  StatsdTable table;
  must_add(table, "t:10|h|@0.5");
  must_add(table, "t:40|h");
  const Metric metric = only(table);
  RS_EXPECT_EQ(metric.value, 20.0);
  RS_EXPECT_EQ(metric.statistics["count"].as_number().value_or(0), 3.0);
  RS_EXPECT_EQ(metric.unit, "");
}

RS_TEST(timer_with_more_samples_than_are_kept_stays_exact_but_for_percentiles) {
  StatsdLimits limits;
  limits.max_kept_samples = 100;
  StatsdTable table(limits);
  for (int i = 1; i <= 10'000; ++i) {
    must_add(table, "t:" + std::to_string(i) + "|ms");
  }
  const Metric metric = only(table);
  RS_EXPECT_EQ(metric.value, 5000.5);
  RS_EXPECT_EQ(metric.statistics["count"].as_integer().value_or(0), 10'000);
  RS_EXPECT_EQ(metric.statistics["max"].as_integer().value_or(0), 10'000);
  const double median = metric.statistics["p50"].as_number().value_or(0);
  RS_EXPECT_GT(median, 3000.0);  // of 100 evenly chosen; a choice of the first would give 50
  RS_EXPECT_LT(median, 7000.0);
}

RS_TEST(set_counts_different_members) {
  StatsdTable table;
  for (const auto* line : {"users:a|s", "users:b|s", "users:a|s"}) {
    must_add(table, line);
  }
  const Metric metric = only(table);
  RS_EXPECT_EQ(metric.value, 2.0);
  RS_EXPECT_EQ(metric.aggregation, "unique");
}

RS_TEST(labels_and_types_make_series) {
  StatsdTable table;
  for (const auto* line : {"a:1|c|#x:1,y:2", "a:1|c|#y:2,x:1", "a:1|c|#x:2", "a:1|c", "a:1|g"}) {
    must_add(table, line);
  }
  RS_EXPECT_EQ(table.n_series(), 4u);
  const auto metrics = table.flush(kInterval);
  const auto both = std::ranges::find(metrics, Labels{{"x", "1"}, {"y", "2"}}, &Metric::labels);
  RS_EXPECT(both != metrics.end());
  RS_EXPECT_EQ(both->value, 2.0);
}

RS_TEST(series_are_bounded_and_known_ones_go_on) {
  StatsdLimits limits;
  limits.max_series = 2;
  StatsdTable table(limits);
  must_add(table, "a:1|c");
  must_add(table, "b:1|c");
  RS_EXPECT(!add(table, "c:1|c"));
  must_add(table, "a:1|c");
  RS_EXPECT_EQ(table.flush(kInterval).size(), 2u);
  must_add(table, "c:1|c");
}

RS_TEST(set_members_are_bounded_over_all_sets) {
  StatsdLimits limits;
  limits.max_set_members = 3;
  StatsdTable table(limits);
  must_add(table, "a:1|s");
  must_add(table, "a:2|s");
  must_add(table, "b:1|s");
  RS_EXPECT(!add(table, "b:2|s"));
  must_add(table, "b:1|s");
  (void)table.flush(kInterval);
  must_add(table, "b:2|s");
}

RS_TEST(gauge_that_nobody_sets_is_forgotten) {
  StatsdLimits limits;
  limits.idle_flushes = 3;
  StatsdTable table(limits);
  must_add(table, "g:1|g");
  for (int i = 0; i < 5; ++i) {
    (void)table.flush(kInterval);
  }
  RS_EXPECT_EQ(table.n_series(), 0u);
}
