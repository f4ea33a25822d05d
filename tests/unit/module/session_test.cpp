#include "module/session.hpp"

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
