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

namespace {

void append_metric(ModuleFixture& fixture, int n, const std::string& name) {
  fixture.append("MetricUpdate", n, R"("value":1,"metric_name":")" + name + '"');
}

}  // namespace

RS_TEST(a_metrics_client_that_is_far_behind_gets_the_latest_of_each_series_and_how_many_it_missed) {
  ModuleFixture fixture;
  Admin client(fixture, {{"batch_size", "100"}}, Endpoint::kMetrics);
  client.connection.texts.clear();
  client.connection.socket_full = true;
  constexpr int kValues = 4200;
  for (int n = 1; n <= kValues; ++n) {
    append_metric(fixture, n, n % 2 == 0 ? "even" : "odd");
    if (n % 100 == 0) {
      fixture.hub->on_wake();
      fixture.host.settle();
    }
  }
  client.connection.socket_full = false;
  client.session.on_writable();
  fixture.host.settle();
  Numbers numbers;
  Json gap;
  while (!client.connection.texts.empty()) {
    Json message = client.connection.next();
    if (type_of(message) == "gap") {
      gap = std::move(message);
    } else {
      message["events"].for_each_element([&numbers](JsonRef event) {
        numbers.push_back(event["data"]["n"].as_integer().value_or(0));
        return true;
      });
    }
  }
  RS_EXPECT_EQ(numbers, (Numbers{kValues - 1, kValues}));
  RS_EXPECT_EQ(gap["reason"].as_string().value_or(""), "slow");
  RS_EXPECT_EQ(gap["missed"].as_integer().value_or(0), kValues - 2);
  RS_EXPECT_EQ(gap["from"].as_string().value_or(""), fixture.id_of(Seq{1}));
  RS_EXPECT_EQ(gap["to"].as_string().value_or(""), fixture.id_of(Seq{kValues}));
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kEventsMissed),
               static_cast<std::uint64_t>(kValues - 2));
  fixture.clock.advance(std::chrono::seconds(3));
  fixture.hub->on_tick();
  RS_EXPECT_EQ(fixture.hub->control()->connections(10).connections.front().numbers.missed,
               static_cast<std::uint64_t>(kValues - 2));
  append_metric(fixture, kValues + 1, "odd");  // and every value again from here on
  append_metric(fixture, kValues + 2, "odd");
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{kValues + 1, kValues + 2}));
}

RS_TEST(ticks_of_an_interval_are_the_same_for_all_connections) {
  ModuleFixture fixture;
  append_metric(fixture, 1, "m");
  fixture.hub->on_wake();
  Admin first(fixture, {{"interval", "1000"}}, Endpoint::kMetrics);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(first.connection.event_numbers(), (Numbers{1}));
  fixture.host.advance(std::chrono::milliseconds(400));
  Admin second(fixture, {{"interval", "1000"}}, Endpoint::kMetrics);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(second.connection.event_numbers(), (Numbers{1}));
  append_metric(fixture, 2, "m");
  fixture.hub->on_wake();
  fixture.host.advance(std::chrono::milliseconds(599));
  RS_EXPECT(first.connection.event_numbers().empty());
  RS_EXPECT(second.connection.event_numbers().empty());
  fixture.host.advance(std::chrono::milliseconds(1));
  RS_EXPECT_EQ(first.connection.event_numbers(), (Numbers{2}));
  RS_EXPECT_EQ(second.connection.event_numbers(), (Numbers{2}));
  fixture.host.advance(std::chrono::seconds(3));  // nothing new
  RS_EXPECT(first.connection.event_numbers().empty());
}
