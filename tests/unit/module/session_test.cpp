#include "module/session.hpp"

#include <array>

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

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

RS_TEST(revocation_closes_and_drain_says_going_away) {
  ModuleFixture fixture;
  Admin client(fixture);
  (void)fixture.hub->control()->revoke(RevocationKind::kUser, "alice");
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

RS_TEST(the_vhosts_defaults_apply_where_the_query_says_nothing) {
  ModuleFixture fixture(Settings{{"batch-size", "64"}, {"flush", "500ms"}});
  Admin client(fixture);
  RS_EXPECT_EQ(client.connection.next()["batch_size"].as_integer().value_or(0), 64);
  Admin other(fixture, {{"batch_size", "3"}, {"flush_ms", "0"}});
  RS_EXPECT_EQ(other.connection.next()["batch_size"].as_integer().value_or(0), 3);
  fixture.append("A", 1);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  fixture.append("A", 2);
  fixture.hub->on_wake();
  RS_EXPECT(client.connection.event_numbers().empty());
  RS_EXPECT_EQ(other.connection.event_numbers(), (Numbers{1, 2}));
  fixture.host.advance(std::chrono::milliseconds(500));
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
}

RS_TEST(a_token_within_the_leeway_lasts_until_its_end_at_open_and_at_renewal) {
  ModuleFixture fixture;
  Client client(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  client.say(R"({"type":"auth","token":")" +
             fixture.token("bob", "viewer", std::chrono::seconds(-5)) + "\"}");
  RS_EXPECT_EQ(type_of(client.connection.next()), "welcome");
  client.say(R"({"type":"auth","token":")" +
             fixture.token("bob", "viewer", std::chrono::seconds(-5)) + "\"}");
  fixture.hub->on_tick();
  RS_EXPECT_EQ(client.connection.close_code, 0);
  fixture.host.advance(std::chrono::seconds(26));
  fixture.hub->on_tick();
  RS_EXPECT_EQ(client.connection.close_code, 4001);
}

RS_TEST(a_renewal_for_another_user_is_refused) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  client.say(R"({"type":"auth","token":")" +
             fixture.token("eve", "admin", std::chrono::seconds(60)) + "\"}");
  RS_EXPECT_EQ(client.connection.next()["code"].as_string().value_or(""), "unauthenticated");
}

RS_TEST(a_drain_spreads_its_closes) {
  ModuleFixture fixture;
  Admin first(fixture);
  Admin second(fixture);
  fixture.hub->control()->request_drain(0, std::chrono::seconds(10));
  fixture.hub->on_tick();
  fixture.hub->on_tick();
  const int n_closed =
      (first.connection.close_code != 0 ? 1 : 0) + (second.connection.close_code != 0 ? 1 : 0);
  RS_EXPECT_EQ(n_closed, 1);
  fixture.host.advance(std::chrono::seconds(6));
  fixture.hub->on_tick();
  RS_EXPECT_EQ(first.connection.close_code, 1001);
  RS_EXPECT_EQ(second.connection.close_code, 1001);
}

RS_TEST(a_message_that_the_encoding_leaves_out_is_not_sent_when_the_socket_drains) {
  ModuleFixture fixture;
  FakeConnection connection;
  connection.is_stream = connection.socket_full = true;
  Session session(connection, *fixture.vhost,
                  ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"})),
                  fixture.hub->encoding_of(MediaType::kJsonLines));
  session.start();
  connection.socket_full = false;
  session.on_writable();
  RS_EXPECT_EQ(connection.n_sends, 0U);
}

namespace {

std::uint64_t count_of(const ModuleFixture& fixture, Counter counter) {
  fixture.hub->flush_counters();
  return fixture.hub->control()->total(counter);
}

}  // namespace

RS_TEST(connections_are_counted_while_they_last_and_by_how_they_end) {
  ModuleFixture fixture;
  const std::array<std::pair<Endpoint, Counter>, 3> all{{
      {Endpoint::kEvents, Counter::kConnectionsEvents},
      {Endpoint::kMetrics, Counter::kConnectionsMetrics},
      {Endpoint::kLogs, Counter::kConnectionsLogs},
  }};
  for (const auto& [endpoint, counter] : all) {
    {
      Admin one(fixture, {}, endpoint);
      Admin two(fixture, {}, endpoint);
      RS_EXPECT_EQ(count_of(fixture, counter), 2U);
      one.session.on_closed(1001);
      two.session.on_closed(1006);
    }
    RS_EXPECT_EQ(count_of(fixture, counter), 0U);
  }
  RS_EXPECT_EQ(count_of(fixture, Counter::kConnectionsOpened), 6U);
  RS_EXPECT_EQ(count_of(fixture, Counter::kClose1001), 3U);
  RS_EXPECT_EQ(count_of(fixture, Counter::kCloseOther), 3U);
}

RS_TEST(an_end_that_the_server_has_begun_is_counted_with_its_own_code) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.session.on_receive("x", true, true);
  RS_EXPECT(client.session.closing());
  client.session.on_closed(1006);
  RS_EXPECT_EQ(count_of(fixture, Counter::kClose1003), 1U);
  RS_EXPECT_EQ(count_of(fixture, Counter::kCloseOther), 0U);
}

RS_TEST(a_connection_that_waits_for_its_token_is_counted_until_it_has_one_or_goes) {
  ModuleFixture fixture;
  const auto waiting = [&fixture] {
    Admission admission = ModuleFixture::admission(Endpoint::kEvents, std::nullopt);
    admission.waiting = fixture.vhost->waiting_room().try_enter("192.0.2.1");
    return admission;
  };
  Client one(fixture, waiting());
  {
    const Client two(fixture, waiting());
    RS_EXPECT_EQ(count_of(fixture, Counter::kConnectionsAwaitingAuth), 2U);
  }
  RS_EXPECT_EQ(count_of(fixture, Counter::kConnectionsAwaitingAuth), 1U);
  one.say(R"({"type":"auth","token":")" + fixture.token("bob", "viewer", std::chrono::seconds(60)) +
          "\"}");
  RS_EXPECT_EQ(count_of(fixture, Counter::kConnectionsAwaitingAuth), 0U);
}

RS_TEST(welcome_tells_the_limits_and_what_the_token_opens) {
  ModuleFixture fixture(Settings{{"limit-messages-per-second", "7"},
                                 {"limit-events-per-subscription", "9"},
                                 {"limit-message-bytes", "2KiB"},
                                 {"limit-replays-per-user", "3"},
                                 {"limit-filter-bytes", "128KiB"}});
  Identity who = ModuleFixture::identity({"viewer", "admin"});
  who.expires = fixture.clock.wall_now() + std::chrono::seconds(300);
  Client client(fixture, ModuleFixture::admission(Endpoint::kMetrics, who));
  const Json welcome = client.connection.next();
  const JsonRef limits = welcome["limits"];
  RS_EXPECT_EQ(limits["messages_per_second"].as_integer().value_or(0), 7);
  RS_EXPECT_EQ(limits["events_per_subscription"].as_integer().value_or(0), 9);
  RS_EXPECT_EQ(limits["message_bytes"].as_integer().value_or(0), 2048);
  RS_EXPECT_EQ(limits["replays_per_user"].as_integer().value_or(0), 3);
  RS_EXPECT_EQ(limits["filter_bytes"].as_integer().value_or(0), 128 << 10);
  RS_EXPECT_EQ(welcome["protocol"].as_string().value_or(""), "ringside-metrics");
  RS_EXPECT_EQ(welcome["epoch"].as_string().value_or(""), format_epoch(fixture.writer->epoch()));
  RS_EXPECT_EQ(welcome["roles"].size(), 2U);
  RS_EXPECT(welcome["token_expires_at"].present());
  RS_EXPECT(welcome["events"].size() > 0);
}

RS_TEST(a_connection_is_in_the_list_with_its_numbers) {
  ModuleFixture fixture;
  Admin client(fixture, {{"batch_size", "1"}});
  fixture.append("A", 1);
  fixture.append("A", 2);
  fixture.hub->on_wake();
  std::size_t n_bytes = 0;
  client.connection.texts.pop_front();  // welcome
  for (const std::string& text : client.connection.texts) {
    n_bytes += text.size() + 2;  // the head of a short frame
  }
  client.connection.socket_full = true;
  fixture.append("A", 3);
  fixture.hub->on_wake();
  fixture.clock.advance(std::chrono::seconds(3));
  fixture.hub->on_tick();
  const ConnectionList list = fixture.hub->control()->connections(10);
  RS_EXPECT_EQ(list.connections.size(), 1U);
  const ConnectionInfo& info = list.connections.front();
  RS_EXPECT_EQ(info.user, "alice");
  RS_EXPECT_EQ(info.address, "127.0.0.1");
  RS_EXPECT_EQ(info.endpoint, static_cast<std::uint8_t>(Endpoint::kEvents));
  RS_EXPECT_EQ(info.numbers.behind, 1U);
  RS_EXPECT_EQ(info.numbers.sent, 2U);
  RS_EXPECT_GE(info.numbers.bytes, n_bytes);
  RS_EXPECT_EQ(info.numbers.missed, 0U);
  RS_EXPECT_EQ(count_of(fixture, Counter::kConnectionsUnlisted), 0U);
}

RS_TEST(a_place_in_the_list_is_given_back) {
  ModuleFixture fixture;
  for (int n = 0; n < 3; ++n) {
    {
      const Admin client(fixture);
      RS_EXPECT_EQ(fixture.hub->control()->connections(10).connections.size(), 1U);
    }
    RS_EXPECT(fixture.hub->control()->connections(10).connections.empty());
    RS_EXPECT_EQ(count_of(fixture, Counter::kConnectionsUnlisted), 0U);
  }
}

RS_TEST(a_connection_that_is_closing_is_sent_nothing_more_and_closes_once) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.session.on_receive("x", true, true);
  const std::size_t before = client.connection.n_sends;
  client.connection.wants_writable = false;
  fixture.append("A", 1);
  fixture.hub->on_wake();
  client.session.on_writable();
  client.session.on_receive("\xff", false, true);
  RS_EXPECT_EQ(client.connection.n_sends, before);
  RS_EXPECT(!client.connection.wants_writable);
  RS_EXPECT_EQ(client.connection.close_code, 1003);
}

RS_TEST(a_socket_that_is_still_full_is_asked_for_again) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.socket_full = true;
  client.connection.wants_writable = false;
  client.session.on_writable();
  RS_EXPECT(client.connection.wants_writable);
}

RS_TEST(answers_wait_for_the_socket_and_come_before_the_events_after_them) {
  ModuleFixture fixture;
  Admin client(fixture, {{"batch_size", "1"}});
  client.connection.texts.clear();
  client.connection.socket_full = true;
  client.connection.wants_writable = false;
  client.say(R"({"type":"ping"})");
  RS_EXPECT(client.connection.wants_writable);
  fixture.append("A", 1);
  fixture.hub->on_wake();
  client.connection.socket_full = false;
  client.session.on_writable();
  RS_EXPECT_EQ(type_of(client.connection.next()), "pong");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
}

RS_TEST(each_message_of_the_server_is_counted_with_its_bytes) {
  ModuleFixture fixture;
  Admin client(fixture);
  const std::uint64_t writes = count_of(fixture, Counter::kWritesOut);
  const std::uint64_t frames = count_of(fixture, Counter::kFramesOut);
  const std::uint64_t bytes = count_of(fixture, Counter::kBytesOut);
  client.connection.texts.clear();
  client.say(R"({"type":"ping"})");
  RS_EXPECT_EQ(count_of(fixture, Counter::kWritesOut), writes + 1);
  RS_EXPECT_EQ(count_of(fixture, Counter::kFramesOut), frames + 1);
  RS_EXPECT_EQ(count_of(fixture, Counter::kBytesOut),
               bytes + client.connection.texts.front().size() + 2);
}

RS_TEST(what_a_connection_missed_is_in_the_list) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  const std::uint64_t tail = fixture.hub->ring().cursor_at_tail().seq.value;
  Admin client(fixture, {{"since", fixture.id_of(Seq{1})}});
  fixture.host.settle();
  fixture.clock.advance(std::chrono::seconds(3));
  fixture.hub->on_tick();
  const ConnectionNumbers numbers =
      fixture.hub->control()->connections(10).connections.front().numbers;
  RS_EXPECT_EQ(numbers.missed, tail - 2);
  RS_EXPECT_EQ(numbers.sent, 3000 - tail + 1);
  RS_EXPECT_NE(numbers.view, 0U);
}
