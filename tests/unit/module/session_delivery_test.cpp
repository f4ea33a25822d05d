#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(live_events_are_what_comes_next) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.hub->on_wake();
  Admin client(fixture);
  fixture.append("A", 2);
  fixture.append("A", 3);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2, 3}));
}

RS_TEST(a_full_socket_is_left_alone_and_nothing_is_lost_after_it) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  client.connection.socket_full = true;
  const std::size_t before = client.connection.n_sends;
  fixture.append("A", 1);
  fixture.append("A", 2);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.n_sends, before);
  RS_EXPECT(client.connection.wants_writable);
  client.connection.socket_full = false;
  client.session.on_writable();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1, 2}));
}

RS_TEST(a_lapped_client_is_told_exactly_what_it_missed) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  client.connection.socket_full = true;
  for (int n = 1; n <= 30'000; ++n) {
    fixture.append("A", n);
    if (n % 100 == 0) {
      fixture.hub->on_wake();
    }
  }
  client.connection.socket_full = false;
  // The process' cache may contain more than the ring; what is neither here nor there is the gap.
  std::uint64_t missed = 0;
  std::uint64_t delivered = 0;
  for (int turn = 0; turn < 50; ++turn) {
    client.session.on_writable();
    fixture.hub->on_wake();
  }
  while (!client.connection.texts.empty()) {
    const Json message = client.connection.next();
    if (type_of(message) == "gap") {
      RS_EXPECT_EQ(message["reason"].as_string().value_or(""), "lapped");
      missed += static_cast<std::uint64_t>(message["missed"].as_integer().value_or(0));
    }
    delivered += message["event_type"].present() ? 1 : message["events"].size();
  }
  RS_EXPECT_EQ(missed + delivered, 30'000U);
}

RS_TEST(max_rate_holds_back_and_tells_how_much) {
  ModuleFixture fixture;
  Admin client(fixture, {{"max_rate", "2"}, {"batch_size", "1"}});
  client.connection.texts.clear();
  for (int n = 1; n <= 5; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1, 2}));
  fixture.clock.advance(std::chrono::seconds(1));
  fixture.append("A", 6);
  fixture.hub->on_wake();
  const Json gap = client.connection.next();
  RS_EXPECT_EQ(gap["reason"].as_string().value_or(""), "rate");
  RS_EXPECT_EQ(gap["missed"].as_integer().value_or(0), 3);
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{6}));
}

// What the rate held back comes first, so that the ranges of the two gaps do not overlap.
RS_TEST(a_loss_tells_first_what_max_rate_held_back) {
  ModuleFixture fixture;
  Admin client(fixture, {{"max_rate", "2"}, {"batch_size", "1"}});
  client.connection.texts.clear();
  for (int n = 1; n <= 5; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1, 2}));
  for (int n = 6; n <= 5000; ++n) {  // more than the ring has room for, and the hub does not look
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  const Json held_back = client.connection.next();
  RS_EXPECT_EQ(held_back["reason"].as_string().value_or(""), "rate");
  RS_EXPECT_EQ(held_back["missed"].as_integer().value_or(0), 3);
  RS_EXPECT_EQ(held_back["to"].as_string().value_or(""), fixture.hub->id_of(Seq{5}));
  const Json lost = client.connection.next();
  RS_EXPECT_EQ(lost["reason"].as_string().value_or(""), "lapped");
  RS_EXPECT_EQ(lost["from"].as_string().value_or(""), fixture.hub->id_of(Seq{6}));
}

RS_TEST(flush_ms_waits_for_its_tick_or_a_full_batch) {
  ModuleFixture fixture;
  Admin client(fixture, {{"flush_ms", "100"}, {"batch_size", "3"}});
  client.connection.texts.clear();
  fixture.append("A", 1);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  fixture.append("A", 2);
  fixture.hub->on_wake();
  RS_EXPECT(client.connection.texts.empty());
  fixture.append("A", 3);
  fixture.append("A", 4);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2, 3, 4}));
  fixture.append("A", 5);
  fixture.hub->on_wake();
  RS_EXPECT(client.connection.texts.empty());
  fixture.clock.advance(std::chrono::milliseconds(100));
  fixture.hub->on_timer();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{5}));
}

RS_TEST(the_end_of_flush_ms_is_asked_for) {
  ModuleFixture fixture;
  Admin client(fixture, {{"flush_ms", "200"}});
  client.connection.texts.clear();
  fixture.append("A", 1);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  fixture.append("A", 2);
  fixture.hub->on_wake();
  RS_EXPECT(client.connection.event_numbers().empty());
  fixture.host.advance(std::chrono::milliseconds(200));
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
}

RS_TEST(rendering_beyond_the_budget_of_a_turn_is_left_for_the_next_one) {
  ModuleFixture fixture;
  Admin client(fixture, {{"filter.n", "200"}});
  client.connection.texts.clear();
  for (int n = 1; n <= 200; ++n) {
    fixture.append("A", n);
  }
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(2);
  fixture.hub->on_wake();
  RS_EXPECT(fixture.host.woken());  // it asks for another turn
  RS_EXPECT(client.connection.texts.empty());
  const std::uint64_t before = fixture.hub->turn_number();
  fixture.host.settle();
  RS_EXPECT(fixture.hub->turn_number() - before > 3);
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{200}));
}

RS_TEST(a_costly_filter_that_overdraws_is_served_last_told_and_closed_when_lapped) {
  ModuleFixture fixture;
  Admin costly(fixture, {{"filter.search.regex", "[a-f]{10}x"}});
  Admin plain(fixture);
  costly.connection.texts.clear();
  plain.connection.texts.clear();
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(50);
  // The process' cache holds more than the ring, so it has to be outrun too.
  const std::string text = R"("text":")" + std::string(7000, 'a') + '"';
  constexpr int kEvents = 6;  // of a round: less than the ring, so that this process reads them all
  for (int round = 0; round < 5000 && costly.connection.close_code == 0; ++round) {
    for (int n = 0; n < kEvents; ++n) {
      fixture.append("A", round * kEvents + n, text);
    }
    fixture.clock.advance(std::chrono::milliseconds(500));
    fixture.hub->on_wake();
    fixture.hub->on_wake();
  }
  const std::string page = prometheus_of(*fixture.hub);
  RS_EXPECT_NOT_CONTAINS(page, "ringside_deferrals_total 0");
  RS_EXPECT_EQ(plain.connection.close_code, 0);
  RS_EXPECT_EQ(costly.connection.close_code, 4008);
  bool told = false;
  while (!costly.connection.texts.empty()) {
    told = costly.connection.next()["code"].as_string().value_or("") == "filter_too_costly" || told;
  }
  RS_EXPECT(told);
}

RS_TEST(an_idle_connection_is_not_pumped) {
  ModuleFixture fixture;
  Admin client(fixture);
  fixture.hub->on_wake();
  const std::size_t before = client.connection.n_looks;
  for (int turn = 0; turn < 10; ++turn) {
    fixture.hub->on_wake();
  }
  RS_EXPECT_EQ(client.connection.n_looks, before);
  fixture.append("A", 1);
  fixture.hub->on_wake();
  RS_EXPECT(client.connection.n_looks > before);
}
