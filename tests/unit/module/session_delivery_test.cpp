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

// --- how much of a turn one connection has

RS_TEST(one_turn_gives_a_connection_that_is_far_behind_a_bounded_part) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  client.connection.socket_full = true;
  const std::string text = R"("text":")" + std::string(7000, 'a') + '"';
  constexpr int kEvents = 240;  // 1.7 MB, which this process keeps
  for (int n = 1; n <= kEvents; ++n) {
    fixture.append("A", n, text);
    fixture.hub->on_wake();
  }
  client.connection.socket_full = false;
  client.session.on_writable();  // outside of a turn
  std::size_t n_bytes = 0;
  for (const std::string& sent : client.connection.texts) {
    n_bytes += sent.size();
  }
  RS_EXPECT_GT(n_bytes, std::size_t{500} << 10U);
  RS_EXPECT_LT(n_bytes, std::size_t{600} << 10U);
  RS_EXPECT(fixture.host.woken());
  fixture.host.settle();
  Numbers all(kEvents);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<std::int64_t>(i) + 1;
  }
  RS_EXPECT_EQ(client.connection.event_numbers(), all);
}

RS_TEST(a_socket_that_fills_in_a_turn_is_written_to_again_when_it_has_room) {
  ModuleFixture fixture;
  Admin client(fixture, {{"batch_size", "1"}});
  client.connection.texts.clear();
  client.connection.socket_full = true;
  for (int n = 1; n <= 600; ++n) {  // of three chunks
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  client.connection.fills_with_each_send = true;
  client.connection.socket_full = client.connection.wants_writable = false;
  client.session.on_writable();
  const std::size_t n_first = client.connection.event_numbers().size();
  RS_EXPECT(n_first > 0 && n_first <= 256);
  RS_EXPECT(client.connection.wants_writable);
  client.connection.fills_with_each_send = client.connection.socket_full = false;
  client.session.on_writable();
  RS_EXPECT_EQ(client.connection.event_numbers().size(), 600 - n_first);
}

RS_TEST(events_that_are_delivered_are_counted_with_how_late_they_are) {
  ModuleFixture fixture;
  Admin client(fixture, {{"batch_size", "10"}});
  ControlSegment& control = *fixture.hub->control();
  fixture.hub->flush_counters();
  const std::uint64_t frames_before = control.total(Counter::kFramesOut);
  for (int n = 1; n <= 3; ++n) {
    fixture.append("A", n);
  }
  fixture.clock.advance(std::chrono::milliseconds(30));
  fixture.hub->on_wake();
  fixture.hub->flush_counters();
  RS_EXPECT_EQ(control.total(Counter::kEventsOut), 3U);
  RS_EXPECT_EQ(control.total(Counter::kFramesOut), frames_before + 1);
  RS_EXPECT_EQ(control.total(Counter::kLagLe50Ms), 3U);
  RS_EXPECT_EQ(control.total(Counter::kLagSumUs), 90'000U);
}

RS_TEST(history_is_no_lag) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.clock.advance(std::chrono::minutes(5));
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", fixture.id_of(Seq{0})}});
  fixture.host.settle();
  fixture.hub->flush_counters();
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kEventsOut), 1U);
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kLagSumUs), 0U);
}

// --- max_rate

RS_TEST(max_rate_ends_in_the_middle_of_a_batch_and_counts_only_what_is_selected) {
  ModuleFixture fixture;
  Admin client(fixture, {{"max_rate", "3"}, {"batch_size", "100"}, {"events", "A"}});
  client.connection.texts.clear();
  for (int n = 1; n <= 10; ++n) {
    fixture.append(n % 2 == 0 ? "A" : "B", n);
  }
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2, 4, 6}));
  fixture.append("B", 11);
  fixture.hub->on_wake();
  RS_EXPECT(client.connection.texts.empty());
  fixture.host.advance(std::chrono::seconds(1));  // the window's end was asked for
  const Json gap = client.connection.next();
  RS_EXPECT_EQ(gap["reason"].as_string().value_or(""), "rate");
  RS_EXPECT_EQ(gap["missed"].as_integer().value_or(0), 2);
  RS_EXPECT_EQ(gap["from"].as_string().value_or(""), fixture.id_of(Seq{8}));
  RS_EXPECT_EQ(gap["to"].as_string().value_or(""), fixture.id_of(Seq{10}));
  const ControlSegment& control = *fixture.hub->control();
  RS_EXPECT_EQ(control.total(Counter::kGapsRate), 1U);
  RS_EXPECT_EQ(control.total(Counter::kEventsMissed), 2U);
  fixture.host.advance(std::chrono::seconds(2));
  RS_EXPECT(client.connection.texts.empty());  // told once
}

RS_TEST(a_second_under_max_rate_tells_of_no_gap) {
  ModuleFixture fixture;
  Admin client(fixture, {{"max_rate", "2"}, {"batch_size", "1"}, {"events", "A"}});
  client.connection.texts.clear();
  for (int second = 0; second < 3; ++second) {
    fixture.append("A", 2 * second);
    fixture.append("A", 2 * second + 1);
    fixture.append("B", 99);  // after the last that is let through, and not selected
    fixture.hub->on_wake();
    RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2 * second, 2 * second + 1}));
    fixture.host.advance(std::chrono::seconds(1));
    RS_EXPECT(client.connection.texts.empty());
  }
}

// --- losses

RS_TEST(a_lapped_client_is_closed_where_the_vhost_says_so_and_only_on_events) {
  for (const Endpoint endpoint : {Endpoint::kEvents, Endpoint::kLogs}) {
    ModuleFixture fixture(Settings{{"slow-events", "close"}});
    Admin client(fixture, {}, endpoint);
    for (int n = 1; n <= 5000; ++n) {  // the hub does not look before the ring has overtaken it
      fixture.append("LogEntry", n);
    }
    fixture.hub->on_wake();
    const Json gap = next_of_type(client.connection, "gap");
    RS_EXPECT_EQ(gap["reason"].as_string().value_or(""), "lapped");
    RS_EXPECT_EQ(gap["from"].as_string().value_or(""), fixture.id_of(Seq{1}));
    const std::int64_t missed = gap["missed"].as_integer().value_or(0);
    RS_EXPECT_EQ(gap["to"].as_string().value_or(""),
                 fixture.id_of(Seq{static_cast<std::uint64_t>(missed)}));
    RS_EXPECT_EQ(client.connection.close_code, endpoint == Endpoint::kEvents ? 4008 : 0);
    const ControlSegment& control = *fixture.hub->control();
    RS_EXPECT_EQ(control.total(Counter::kGapsLapped), 1U);
    RS_EXPECT_EQ(control.total(Counter::kEventsMissed), static_cast<std::uint64_t>(missed));
  }
}
