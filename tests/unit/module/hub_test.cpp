#include "module/hub.hpp"

#include <algorithm>
#include <filesystem>

#include "module/probes.hpp"
#include "tests/unit/module/module_fixture.hpp"
#include "tests/unit/module/same_epoch.hpp"

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
  fixture.replace_ring();
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

RS_TEST(a_ring_that_was_made_anew_with_the_same_ids_is_followed_without_a_gap) {
  ModuleFixture fixture;
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"})));
  for (int n = 1; n <= 3; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (std::vector<std::int64_t>{1, 2, 3}));
  const Epoch epoch = fixture.writer->epoch();
  fixture.replace_ring();
  set_epoch(fixture.dir / "ring", epoch);
  fixture.append("A", 1);  // it is filled from the log, and not as far as the old one yet
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();
  RS_EXPECT_EQ(fixture.hub->ring().state().capacity_bytes, ModuleFixture::kOtherRingBytes);
  for (int n = 2; n <= 5; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (std::vector<std::int64_t>{4, 5}));
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

namespace {

// Attendees of the users u0, u1, ... of whom the even ones are revoked.
struct Crowd {
  static constexpr int kSize = 500;
  ModuleFixture fixture;
  std::vector<std::unique_ptr<Client>> clients;
  Crowd() {
    for (int i = 0; i < kSize; ++i) {
      clients.push_back(std::make_unique<Client>(
          fixture,
          ModuleFixture::admission(Endpoint::kEvents,
                                   ModuleFixture::identity({"admin"}, fmt::format("u{}", i)))));
    }
    for (int i = 0; i < kSize; i += 2) {
      RS_EXPECT(fixture.hub->control()->revoke(RevocationKind::kUser, fmt::format("u{}", i)));
    }
    // A reading of the clock is an eighth of what a turn may use for what can wait, and comes after four lookups.
    fixture.clock.cpu_per_reading = Hub::kBackgroundSlice / 8;
  }
  [[nodiscard]] std::size_t n_closed() const {
    return static_cast<std::size_t>(std::ranges::count_if(clients, [](const auto& client) {
      return client != nullptr && client->connection.close_code == 1008;
    }));
  }
  void expect_that_the_revoked_are_closed_and_nobody_else() const {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (clients[i] != nullptr) {
        RS_EXPECT_EQ(clients[i]->connection.close_code, i % 2 == 0 ? 1008 : 0);
      }
    }
  }
};

}  // namespace

RS_TEST(a_revocation_is_looked_up_in_slices_for_all_connections) {
  Crowd crowd;
  crowd.fixture.hub->on_tick();
  RS_EXPECT_GT(crowd.n_closed(), 0U);
  RS_EXPECT_LT(crowd.n_closed(), 50U);
  std::size_t n_before = crowd.n_closed();
  int n_turns = 0;
  while (crowd.fixture.host.woken()) {
    crowd.fixture.host.turn();
    RS_EXPECT_LE(crowd.n_closed() - n_before, 50U);
    n_before = crowd.n_closed();
    RS_EXPECT_LT(++n_turns, Crowd::kSize);
  }
  crowd.expect_that_the_revoked_are_closed_and_nobody_else();
}

RS_TEST(connections_that_come_and_go_while_a_revocation_is_looked_up_hide_nobody) {
  Crowd crowd;
  crowd.fixture.hub->on_tick();
  std::vector<std::unique_ptr<Client>> late;
  for (std::size_t turn = 0; crowd.fixture.host.woken(); ++turn) {
    crowd.fixture.host.turn();
    crowd.clients[turn * 7 % Crowd::kSize].reset();  // from everywhere: checked ones, and others
    crowd.clients[Crowd::kSize - 1 - turn * 3 % Crowd::kSize].reset();
    if (turn % 4 == 0 && turn < 40) {
      late.push_back(std::make_unique<Client>(
          crowd.fixture,
          ModuleFixture::admission(Endpoint::kEvents,
                                   ModuleFixture::identity({"admin"}, fmt::format("l{}", turn)))));
    }
    if (turn % 5 == 0) {
      crowd.fixture.hub->on_tick();  // which would sort them
    }
  }
  crowd.expect_that_the_revoked_are_closed_and_nobody_else();
  for (const auto& client : late) {
    RS_EXPECT_EQ(client->connection.close_code, 0);
  }
}

RS_TEST(a_revocation_that_comes_while_another_is_looked_up_is_not_forgotten) {
  Crowd crowd;
  crowd.fixture.hub->on_tick();
  crowd.fixture.host.turn();
  RS_EXPECT_EQ(crowd.clients[1]->connection.close_code, 0);
  RS_EXPECT(crowd.fixture.hub->control()->revoke(RevocationKind::kUser, "u1"));
  for (int tick = 0; tick < 20; ++tick) {
    crowd.fixture.hub->on_tick();
    crowd.fixture.host.settle();
  }
  RS_EXPECT_EQ(crowd.clients[1]->connection.close_code, 1008);
  RS_EXPECT_EQ(crowd.clients[3]->connection.close_code, 0);
}

RS_TEST(without_a_control_segment_the_hub_waits_for_one) {
  ModuleFixture other;  // a ring in a directory where there can be no segment yet
  const std::string path = other.dir / "control";
  other.hub.reset();
  other.vhost.reset();
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  Hub hub(other.dir.path().string(), Hub::Host{[] {}, [](std::chrono::milliseconds) {}},
          other.clock);
  RS_EXPECT(hub.attached() && hub.control() == nullptr);
  RS_EXPECT_CONTAINS(hub.control_error(), "control");
  RS_EXPECT(!readiness_of(hub, std::chrono::seconds(5)).ready);
  RS_EXPECT_EQ(prometheus_of(hub), "");
  hub.count(Counter::kGapsRate);
  hub.uncount(Counter::kGapsRate);
  other.append("A", 1);
  RS_EXPECT(hub.may_exist(Seq{1}));
  RS_EXPECT(!hub.may_exist(Seq{2}));
  RS_EXPECT(!hub.lacks(Seq{2}, other.clock.mono_now()));
  hub.on_tick();
  std::filesystem::remove(path);
  other.clock.advance(std::chrono::seconds(1));
  hub.on_tick();
  RS_EXPECT(hub.control() != nullptr);
  hub.count(Counter::kGapsRate, 3);
  hub.uncount(Counter::kGapsRate, 2);
  hub.count(Counter::kGapsRate, 0);
  RS_EXPECT_EQ(hub.control()->total(Counter::kGapsRate), 1U);
}

RS_TEST(what_is_parsed_and_rendered_is_counted_once) {
  ModuleFixture fixture;
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"}),
                                         {{"filter.n", "1"}}));
  Client same(fixture,
              ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"}),
                                       {{"filter.n", "1"}}));
  fixture.append("A", 1);
  fixture.append("A", 2);
  fixture.hub->on_wake();
  fixture.hub->on_wake();
  const ControlSegment& control = *fixture.hub->control();
  RS_EXPECT_EQ(control.total(Counter::kEventsParsed), 2U);
  RS_EXPECT_EQ(control.total(Counter::kFramesRendered), 1U);
}

RS_TEST(an_account_is_shared_as_long_as_somebody_has_it) {
  ModuleFixture fixture;
  const auto account = fixture.hub->account_of("alice");
  RS_EXPECT_EQ(fixture.hub->account_of("alice").get(), account.get());
  RS_EXPECT_NE(fixture.hub->account_of("bob").get(), account.get());
}
