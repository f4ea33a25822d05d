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
