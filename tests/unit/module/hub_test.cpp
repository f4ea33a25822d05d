#include "module/hub.hpp"

#include "module/probes.hpp"
#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(is_not_ready_without_a_ring_and_says_why) {
  TempDir dir;
  ManualClock clock;
  Hub hub(dir.path().string(), Hub::Host{[] {}, [](std::chrono::milliseconds) {}}, clock);
  RS_EXPECT(!hub.attached());
  const auto state = readiness_of(hub, std::chrono::seconds(5));
  RS_EXPECT(!state.ready);
  RS_EXPECT_CONTAINS(state.reason, "ring");
}

RS_TEST(readiness_follows_the_workers_heartbeat) {
  ModuleFixture fixture;
  RS_EXPECT(readiness_of(*fixture.hub, std::chrono::seconds(5)).ready);
  fixture.clock.advance(std::chrono::seconds(6));
  RS_EXPECT(!readiness_of(*fixture.hub, std::chrono::seconds(5)).ready);
  fixture.writer->beat();
  RS_EXPECT(readiness_of(*fixture.hub, std::chrono::seconds(5)).ready);
}

RS_TEST(a_ring_that_appears_later_is_found) {
  TempDir dir;
  ManualClock clock;
  Hub hub(dir.path().string(), Hub::Host{[] {}, [](std::chrono::milliseconds) {}}, clock);
  RingOptions ring;
  ring.path = dir / "ring";
  ring.capacity_bytes = 64U << 10U;
  const auto writer = RS_UNWRAP(RingWriter::open(ring, clock));
  hub.on_tick();
  RS_EXPECT(hub.attached());
  RS_EXPECT_EQ(hub.epoch().value, writer->epoch().value);
}

RS_TEST(a_replaced_ring_is_told_to_every_client_with_the_exact_loss) {
  ModuleFixture fixture;
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"})));
  client.connection.texts.clear();
  client.connection.socket_full = true;
  fixture.append("A", 1);
  fixture.append("A", 2);
  fixture.hub->on_wake();
  fixture.writer.reset();
  RingOptions other;
  other.path = fixture.dir / "ring";
  other.capacity_bytes = 128U << 10U;
  fixture.writer = RS_UNWRAP(RingWriter::open(other, fixture.clock));
  client.connection.socket_full = false;
  client.connection.fills_with_each_send = false;
  client.connection.socket_full = true;
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();
  client.connection.socket_full = false;
  client.session.on_writable();
  const Json gap = client.connection.next();
  RS_EXPECT_EQ(gap["reason"].as_string().value_or(""), "epoch");
  RS_EXPECT_EQ(gap["missed"].as_integer().value_or(-1), 2);
  RS_EXPECT_EQ(client.connection.next()["epoch"].as_string().value_or(""),
               format_epoch(fixture.writer->epoch()));
}

RS_TEST(the_prometheus_page_has_ring_and_counters) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.hub->on_wake();
  Chunk chunk;
  chunk.n_events = 3;
  fixture.hub->stats().count_chunk(chunk);
  fixture.hub->stats().count_lag(std::chrono::milliseconds(3), 3);
  const std::string page = prometheus_of(*fixture.hub);
  RS_EXPECT_CONTAINS(page, "ringside_events_sent_total 3");
  RS_EXPECT_CONTAINS(page, "ringside_delivery_lag_seconds_count 3");
}

RS_TEST(equal_views_share_one_frame_cache) {
  ModuleFixture fixture;
  const RoleView role(fixture.vhost->rules(), ModuleFixture::identity({"admin"}));
  const auto one =
      fixture.hub->frame_cache(role, Subscription::of({"task"}, nullptr), fixture.shape(10));
  RS_EXPECT_EQ(
      fixture.hub
          ->frame_cache(role, Subscription::of({"TaskStatusChanged"}, nullptr), fixture.shape(10))
          .get(),
      one.get());
  RS_EXPECT_NE(
      fixture.hub->frame_cache(role, Subscription::of({"task"}, nullptr), fixture.shape(5)).get(),
      one.get());
}

RS_TEST(with_nobody_connected_the_ring_is_left_unread) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  RS_EXPECT(fixture.hub->follower().suspended());
  fixture.append("A", 1);
  fixture.hub->on_wake();
  fixture.hub->on_tick();
  RS_EXPECT_EQ(fixture.hub->head().value, 0U);
  {
    // What came before a connection is history to it; what comes next it gets.
    Client client(fixture,
                  ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"})));
    RS_EXPECT(!fixture.hub->follower().suspended());
    RS_EXPECT_EQ(fixture.hub->head().value, 1U);
    client.connection.texts.clear();
    fixture.append("A", 2);
    fixture.hub->on_wake();
    RS_EXPECT_EQ(client.connection.event_numbers(), (std::vector<std::int64_t>{2}));
    fixture.clock.advance(Hub::kSuspendAfter * 2);
    fixture.hub->on_tick();
    RS_EXPECT(!fixture.hub->follower().suspended());
  }
  fixture.hub->on_tick();
  RS_EXPECT(!fixture.hub->follower().suspended());  // it may be back at once
  fixture.clock.advance(Hub::kSuspendAfter);
  fixture.hub->on_tick();
  RS_EXPECT(fixture.hub->follower().suspended());
  RS_EXPECT_EQ(fixture.hub->records().n_bytes(), 0U);
}

RS_TEST(history_from_before_a_rest_and_from_within_it_can_be_asked_for) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.hub->on_wake();
  fixture.hub->on_tick();
  RS_EXPECT(fixture.hub->follower().suspended());
  fixture.append("A", 2);
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"}),
                                         {{"since", fixture.id_of(Seq{0})}}));
  fixture.append("A", 3);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (std::vector<std::int64_t>{1, 2, 3}));
}
