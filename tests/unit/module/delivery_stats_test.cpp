#include "module/delivery_stats.hpp"

#include "core/control/prometheus.hpp"
#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(each_observation_is_counted_in_one_bucket) {
  ModuleFixture fixture;
  DeliveryStats stats;
  Chunk chunk;
  chunk.n_events = 2;
  stats.count_chunk(chunk);
  for (const auto lag : {std::chrono::milliseconds(-5), std::chrono::milliseconds(1),
                         std::chrono::milliseconds(2), std::chrono::milliseconds(60'000)}) {
    stats.count_lag(lag, 2);
  }
  stats.flush(fixture.hub->control());
  const std::string page =
      prometheus_text(*fixture.hub->control(), nullptr, fixture.clock.wall_now());
  RS_EXPECT_CONTAINS(page, "ringside_delivery_lag_seconds_bucket{le=\"0.001\"} 4");
  RS_EXPECT_CONTAINS(page, "ringside_delivery_lag_seconds_bucket{le=\"0.005\"} 6");
  RS_EXPECT_CONTAINS(page, "ringside_delivery_lag_seconds_bucket{le=\"10\"} 6");
  RS_EXPECT_CONTAINS(page, "ringside_delivery_lag_seconds_bucket{le=\"+Inf\"} 8");
  RS_EXPECT_CONTAINS(page, "ringside_events_sent_total 2");
}

RS_TEST(nothing_is_lost_while_there_is_no_control_segment) {
  ModuleFixture fixture;
  DeliveryStats stats;
  Chunk chunk;
  chunk.n_events = 2;
  stats.count_chunk(chunk);
  stats.flush(nullptr);
  stats.flush(fixture.hub->control());
  stats.flush(fixture.hub->control());
  RS_EXPECT_CONTAINS(prometheus_text(*fixture.hub->control(), nullptr, fixture.clock.wall_now()),
                     "ringside_events_sent_total 2");
}

RS_TEST(every_figure_of_a_delivery_is_counted_once) {
  ModuleFixture fixture;
  DeliveryStats stats;
  Chunk chunk;
  chunk.n_events = 5;
  chunk.n_frames = 2;
  chunk.frames.append(Opcode::kText, "1234567");  // and two bytes before it
  stats.count_chunk(chunk);
  stats.count_chunk(chunk);
  stats.count_lag(std::chrono::microseconds(1500), 5);
  stats.count_lag(std::chrono::microseconds(-7), 5);
  stats.flush(fixture.hub->control());
  const auto own = [&](Counter counter) { return fixture.hub->control()->own(counter); };
  RS_EXPECT_EQ(own(Counter::kEventsOut), 10U);
  RS_EXPECT_EQ(own(Counter::kFramesOut), 4U);
  RS_EXPECT_EQ(own(Counter::kBytesOut), 18U);
  RS_EXPECT_EQ(own(Counter::kWritesOut), 2U);
  RS_EXPECT_EQ(own(Counter::kLagSumUs), 7500U);
  RS_EXPECT_EQ(own(Counter::kLagLe1Ms), 5U);
  RS_EXPECT_EQ(own(Counter::kLagLe5Ms), 5U);
  RS_EXPECT_EQ(own(Counter::kLagLe10Ms), 0U);
}
