// Also covers session_messages.cpp, session_delivery.cpp and session_debug.cpp: they are one class.
#include "module/session.hpp"

#include "module/probes.hpp"
#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

using Numbers = std::vector<std::int64_t>;

std::string type_of(const Json& message) {
  return std::string(message["type"].as_string().value_or(""));
}

struct Admin : Client {
  explicit Admin(ModuleFixture& where, std::vector<QueryArgument> arguments = {},
                 Endpoint endpoint = Endpoint::kEvents)
      : Client(where, ModuleFixture::admission(endpoint, ModuleFixture::identity({"admin"}),
                                                 std::move(arguments))) {}
};

}  // namespace

RS_TEST(welcome_comes_first_and_says_who_and_where) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.hub->on_wake();
  Admin client(fixture);
  const Json welcome = client.connection.next();
  RS_EXPECT_EQ(type_of(welcome), "welcome");
  RS_EXPECT_EQ(welcome["protocol"].as_string().value_or(""), "ringside-ws");
  RS_EXPECT_EQ(welcome["user"].as_string().value_or(""), "alice");
  RS_EXPECT_EQ(welcome["head"].as_string().value_or(""), fixture.id_of(Seq{1}));
  RS_EXPECT_EQ(welcome["limits"]["connections_per_user"].as_integer().value_or(0), 10);
}

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
  // The process' cache may hold more than the ring; what is neither here nor there is the gap.
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

RS_TEST(the_first_subscribe_replaces_the_implied_all_and_later_ones_add) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  client.say(R"({"type":"subscribe","events":["A"]})");
  RS_EXPECT_EQ(type_of(client.connection.next()), "subscribed");
  fixture.append("A", 1);
  fixture.append("B", 2);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  client.say(R"({"type":"subscribe","events":["B"]})");
  client.say(R"({"type":"unsubscribe","events":["A"]})");
  fixture.append("A", 3);
  fixture.append("B", 4);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{4}));
}

RS_TEST(a_forbidden_type_is_told_and_the_others_take_effect) {
  ModuleFixture fixture;
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"viewer"})));
  client.connection.texts.clear();
  client.say(R"({"type":"subscribe","events":["log","task"]})");
  const Json error = client.connection.next();
  RS_EXPECT_EQ(error["code"].as_string().value_or(""), "forbidden");
  RS_EXPECT_EQ(client.connection.next()["events"][std::size_t{0}].as_string().value_or(""),
               "TaskStatusChanged");
  fixture.append("LogEntry", 1);
  fixture.append("TaskStatusChanged", 2);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
}

RS_TEST(a_malformed_message_is_answered_and_changes_nothing) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  for (const char* message :
       {"{", "[]", R"({"type":"subscribe"})", R"({"type":"subscribe","events":[1]})"}) {
    client.say(message);
    RS_EXPECT_EQ(client.connection.next()["code"].as_string().value_or(""), "invalid_message");
  }
  client.say(R"({"type":"what"})");
  RS_EXPECT_EQ(client.connection.next()["code"].as_string().value_or(""), "unknown_type");
  fixture.append("A", 1);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
}

RS_TEST(a_message_may_come_in_pieces_up_to_its_limit) {
  ModuleFixture fixture(Settings{{"limit-message-bytes", "1KiB"}});
  Admin client(fixture);
  client.connection.texts.clear();
  client.session.on_receive(R"({"type":)", false, false);
  client.session.on_receive(R"("ping"})", false, true);
  RS_EXPECT_EQ(type_of(client.connection.next()), "pong");
  client.session.on_receive(std::string(1025, ' '), false, false);
  RS_EXPECT_EQ(client.connection.close_code, 1009);
}

RS_TEST(binary_and_broken_utf8_end_the_connection) {
  ModuleFixture fixture;
  Admin binary(fixture);
  binary.session.on_receive("x", true, true);
  RS_EXPECT_EQ(binary.connection.close_code, 1003);
  Admin broken(fixture);
  broken.say("\xff");
  RS_EXPECT_EQ(broken.connection.close_code, 1007);
}

RS_TEST(too_many_messages_are_told_once_and_then_closed) {
  ModuleFixture fixture(Settings{{"limit-messages-per-second", "5"}});
  Admin client(fixture);
  client.connection.texts.clear();
  for (int i = 0; i < 6; ++i) {
    client.say(R"({"type":"ping"})");
  }
  for (int i = 0; i < 5; ++i) {
    RS_EXPECT_EQ(type_of(client.connection.next()), "pong");
  }
  const Json error = client.connection.next();
  RS_EXPECT_EQ(error["code"].as_string().value_or(""), "rate_limited");
  RS_EXPECT(error["retry_after_ms"].is_integer());
  for (int i = 0; i < 5; ++i) {
    client.say(R"({"type":"ping"})");
  }
  RS_EXPECT_EQ(client.connection.close_code, 4029);
}

RS_TEST(since_an_id_replays_then_says_so_then_goes_live) {
  ModuleFixture fixture;
  for (int n = 1; n <= 5; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", fixture.id_of(Seq{2})}, {"batch_size", "1"}});
  fixture.hub->on_wake();
  fixture.append("A", 6);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(type_of(client.connection.next()), "welcome");
  Numbers replayed;
  for (int i = 0; i < 3; ++i) {
    replayed.push_back(client.connection.next()["data"]["n"].as_integer().value_or(0));
  }
  RS_EXPECT_EQ(replayed, (Numbers{3, 4, 5}));
  const Json end = client.connection.next();
  RS_EXPECT_EQ(type_of(end), "replay_end");
  RS_EXPECT_EQ(end["recovered"].as_bool(), std::optional(true));
  RS_EXPECT_EQ(end["missed"].as_integer().value_or(-1), 0);
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{6}));
}

RS_TEST(what_came_before_the_connection_is_history_to_it_though_no_wake_up_told_of_it) {
  ModuleFixture fixture;
  fixture.append("LogEntry", 1);
  fixture.hub->on_wake();
  fixture.append("LogEntry", 2);
  Admin client(fixture, {{"tail", "1"}, {"batch_size", "1"}}, Endpoint::kLogs);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.next()["head"].as_string().value_or(""), fixture.id_of(Seq{2}));
  RS_EXPECT_EQ(client.connection.next()["data"]["n"].as_integer().value_or(0), 2);
  RS_EXPECT_EQ(type_of(client.connection.next()), "replay_end");
}

RS_TEST(since_something_overwritten_counts_what_is_gone) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  const std::uint64_t tail = fixture.hub->ring().cursor_at_tail().seq.value;
  Admin client(fixture, {{"since", fixture.id_of(Seq{10})}});
  for (int i = 0; i < 10; ++i) {
    fixture.hub->on_wake();
  }
  std::uint64_t missed = 0;
  while (!client.connection.texts.empty()) {
    const Json message = client.connection.next();
    if (type_of(message) == "replay_end") {
      RS_EXPECT_EQ(message["recovered"].as_bool(), std::optional(false));
      missed = static_cast<std::uint64_t>(message["missed"].as_integer().value_or(0));
    }
  }
  RS_EXPECT_EQ(missed, tail - 11);
}

RS_TEST(tail_gives_the_last_that_match_first) {
  ModuleFixture fixture;
  for (int n = 1; n <= 6; ++n) {
    fixture.append(n % 2 == 0 ? "LogEntry" : "Other", n, R"("level":"INFO","message":"m")");
  }
  fixture.hub->on_wake();
  Admin client(fixture, {{"tail", "2"}}, Endpoint::kLogs);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{4, 6}));
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

RS_TEST(the_first_message_authenticates_and_its_deadline_closes) {
  ModuleFixture fixture;
  Client good(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  RS_EXPECT(good.connection.texts.empty());
  good.say(R"({"type":"ping"})");
  RS_EXPECT_EQ(good.connection.next()["code"].as_string().value_or(""), "unauthenticated");
  good.say(R"({"type":"auth","token":")" +
           fixture.token("bob", "viewer", std::chrono::seconds(60)) + "\"}");
  RS_EXPECT_EQ(good.connection.next()["user"].as_string().value_or(""), "bob");
  Client late(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  fixture.clock.advance(std::chrono::seconds(6));
  (void)late.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(late.connection.close_code, 4002);
}

RS_TEST(a_token_that_ends_is_announced_and_then_closes_unless_renewed) {
  ModuleFixture fixture;
  Identity who = ModuleFixture::identity({"viewer"});
  who.expires = fixture.clock.wall_now() + std::chrono::seconds(90);
  Client client(fixture, ModuleFixture::admission(Endpoint::kEvents, who));
  client.connection.texts.clear();
  fixture.clock.advance(std::chrono::seconds(35));
  (void)client.session.on_due(fixture.clock.mono_now());
  const Json notice = client.connection.next();
  RS_EXPECT_EQ(type_of(notice), "auth_expiring");
  RS_EXPECT_EQ(notice["expires_in"].as_integer().value_or(0), 55);
  client.say(R"({"type":"auth","token":")" +
             fixture.token("alice", "admin", std::chrono::seconds(120)) + "\"}");
  const Json renewed = client.connection.next();
  RS_EXPECT_EQ(type_of(renewed), "welcome");
  RS_EXPECT_EQ(renewed["roles"][std::size_t{0}].as_string().value_or(""), "admin");
  fixture.append("SystemHealthUpdate", 1);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  fixture.clock.advance(std::chrono::seconds(121));
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(client.connection.close_code, 4001);
}

RS_TEST(revocation_closes_and_drain_says_going_away) {
  ModuleFixture fixture;
  Admin client(fixture);
  fixture.hub->control()->revoke(RevocationKind::kUser, "alice");
  fixture.hub->on_tick();
  RS_EXPECT_EQ(client.connection.close_code, 1008);
  Client other(fixture,
               ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({}, "bob")));
  fixture.hub->control()->request_drain(0, std::chrono::milliseconds(0));
  fixture.hub->on_tick();
  RS_EXPECT_EQ(other.connection.close_code, 1001);
  RS_EXPECT(!readiness_of(*fixture.hub, std::chrono::seconds(60)).ready);
}

RS_TEST(connections_of_one_user_are_limited) {
  ModuleFixture fixture(Settings{{"limit-connections-per-user", "1"}});
  {
    Admin first(fixture);
    RS_EXPECT_EQ(first.connection.close_code, 0);
    Admin second(fixture);
    RS_EXPECT_EQ(second.connection.close_code, 4009);
  }
  Admin third(fixture);  // those that are gone give their place back
  RS_EXPECT_EQ(third.connection.close_code, 0);
}

RS_TEST(debug_pause_step_seek_and_resume_move_the_cursor) {
  ModuleFixture fixture;
  Admin client(fixture, {{"batch_size", "1"}});
  client.connection.texts.clear();
  client.say(R"({"type":"debug","action":"pause"})");
  RS_EXPECT_EQ(client.connection.next()["paused"].as_bool(), std::optional(true));
  for (int n = 1; n <= 5; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  RS_EXPECT(client.connection.texts.empty());
  client.say(R"({"type":"debug","action":"step","count":2})");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1, 2}));
  client.say(R"({"type":"debug","action":"inspect"})");
  RS_EXPECT_EQ(client.connection.next()["behind"].as_integer().value_or(0), 3);
  client.say(R"({"type":"debug","action":"seek","to":")" + fixture.id_of(Seq{5}) + "\"}");
  client.connection.texts.clear();
  client.say(R"({"type":"debug","action":"resume"})");
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{5}));
}

RS_TEST(debug_attach_plays_the_history_of_one_and_detach_goes_back) {
  ModuleFixture fixture;
  fixture.append("TaskStatusChanged", 1, R"("task_id":"x")");
  fixture.append("TaskStatusChanged", 2, R"("task_id":"y")");
  fixture.append("LogEntry", 3, R"("task_id":"x")");
  fixture.hub->on_wake();
  Admin client(fixture, {{"events", "Other"}});
  client.connection.texts.clear();
  client.say(R"({"type":"debug","action":"attach","task_id":"x"})");
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1, 3}));
  client.say(R"({"type":"debug","action":"detach"})");
  fixture.append("TaskStatusChanged", 4, R"("task_id":"x")");
  fixture.append("Other", 5);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{5}));
}

RS_TEST(a_playback_goes_no_further_than_its_speed_allows) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3; ++n) {
    fixture.append("A", n);
    fixture.clock.advance(std::chrono::seconds(10));
  }
  fixture.hub->on_wake();
  Admin client(fixture);
  client.say(R"({"type":"debug","action":"pause"})");
  client.say(R"({"type":"debug","action":"seek","to":")" + fixture.id_of(Seq{1}) + "\"}");
  client.say(R"({"type":"debug","action":"resume","speed":10})");
  fixture.hub->on_timer();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  fixture.clock.advance(std::chrono::milliseconds(1500));  // 15 seconds of history
  fixture.hub->on_timer();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
  fixture.clock.advance(std::chrono::milliseconds(1000));
  fixture.hub->on_timer();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{3}));
}

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

RS_TEST(idle_peers_are_probed_and_given_a_deadline) {
  ModuleFixture fixture;
  Admin client(fixture);
  fixture.clock.advance(std::chrono::seconds(31));
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(client.connection.n_pings, 1U);
  RS_EXPECT_GT(client.connection.hangup.count(), 0);
  client.session.on_pong();
  RS_EXPECT_EQ(client.connection.hangup.count(), 0);
}
