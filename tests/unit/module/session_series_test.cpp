#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(metrics_with_an_interval_get_a_snapshot_and_then_the_latest_of_each_series) {
  ModuleFixture fixture;
  fixture.append("MetricUpdate", 1, R"("metric_name":"cpu","value":1)");
  fixture.append("MetricUpdate", 2, R"("metric_name":"cpu","value":2)");
  fixture.hub->on_wake();
  Admin client(fixture, {{"interval", "1000"}}, Endpoint::kMetrics);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
  fixture.append("MetricUpdate", 3, R"("metric_name":"cpu","value":3)");
  fixture.append("MetricUpdate", 4, R"("metric_name":"cpu","value":4)");
  fixture.append("SystemHealthUpdate", 5);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{5}));
  fixture.clock.advance(std::chrono::milliseconds(1000));
  fixture.hub->on_timer();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{4}));
}

RS_TEST(a_snapshot_for_a_client_that_does_not_read_is_not_kept) {
  ModuleFixture fixture;
  for (int n = 1; n <= 300; ++n) {
    fixture.append("MetricUpdate", n, R"("value":1,"metric_name":"m)" + std::to_string(n) + '"');
  }
  fixture.hub->on_wake();
  Admin client(fixture, {{"interval", "1000"}}, Endpoint::kMetrics);
  client.connection.texts.clear();
  client.connection.socket_full = true;
  fixture.host.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();
  RS_EXPECT(client.connection.texts.empty());
  client.connection.socket_full = false;
  client.session.on_writable();
  fixture.host.settle();
  fixture.host.advance(std::chrono::seconds(2));
  RS_EXPECT_EQ(client.connection.event_numbers().size(), 300U);
}

RS_TEST(values_that_the_table_could_not_keep_are_announced) {
  ModuleFixture fixture;
  Admin client(fixture, {{"interval", "1000"}}, Endpoint::kMetrics);
  client.connection.texts.clear();
  fixture.append("MetricUpdate", 1,
                 R"("metric_name":"m","value":")" + std::string(5000, 'x') + '"');
  fixture.hub->on_wake();
  fixture.host.advance(std::chrono::seconds(2));
  const Json gap = next_of_type(client.connection, "gap");
  RS_EXPECT_EQ(gap["reason"].as_string().value_or(""), "series");
  RS_EXPECT_EQ(gap["missed"].as_integer().value_or(0), 1);
  RS_EXPECT_CONTAINS(prometheus_of(*fixture.hub), "ringside_series_left_out_total 1");
}
