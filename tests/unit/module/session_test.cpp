#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;
using namespace std::chrono_literals;

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

namespace {

// Lets `n` ping intervals of 30 s pass.
void pass_intervals(ModuleFixture& fixture, Session& session, int n) {
  for (; n > 0; --n) {
    fixture.clock.advance(std::chrono::seconds(30));
    (void)session.on_due(fixture.clock.mono_now());
  }
}

}  // namespace

RS_TEST(a_peer_that_answers_pings_stays) {
  ModuleFixture fixture;
  Admin client(fixture);
  for (unsigned n = 1; n < 10; ++n) {
    pass_intervals(fixture, client.session, 1);
    RS_EXPECT_EQ(client.connection.n_pings, n);
    client.session.on_pong();
  }
  RS_EXPECT(!client.connection.is_cut_off);
}

RS_TEST(a_peer_that_takes_the_ping_and_does_not_answer_is_cut_off) {
  ModuleFixture fixture;
  Admin client(fixture);
  pass_intervals(fixture, client.session, 1);
  client.connection.sent.acknowledged += 2;  // by its system
  pass_intervals(fixture, client.session, 2);
  RS_EXPECT(!client.connection.is_cut_off);
  pass_intervals(fixture, client.session, 1);
  RS_EXPECT(client.connection.is_cut_off);
  RS_EXPECT_EQ(client.connection.n_pings, 1U);
}

RS_TEST(a_peer_that_accepts_nothing_is_cut_off_though_it_could_not_be_pinged) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.socket_full = true;
  client.connection.sent.pending = true;
  pass_intervals(fixture, client.session, 1);
  RS_EXPECT(!client.connection.is_cut_off);
  pass_intervals(fixture, client.session, 1);
  RS_EXPECT(client.connection.is_cut_off);
  RS_EXPECT_EQ(client.connection.n_pings, 0U);
}

RS_TEST(a_slow_peer_stays_while_it_takes_something) {
  ModuleFixture fixture;
  Admin client(fixture);
  pass_intervals(fixture, client.session, 1);  // this ping will be answered after everything else
  client.connection.socket_full = true;
  client.connection.sent.pending = true;
  for (int i = 0; i < 20; ++i) {
    client.connection.sent.acknowledged += 1;
    pass_intervals(fixture, client.session, 1);
  }
  RS_EXPECT(!client.connection.is_cut_off);
  client.connection.socket_full = client.connection.sent.pending = false;
  client.session.on_pong();
  pass_intervals(fixture, client.session, 1);
  RS_EXPECT_EQ(client.connection.n_pings, 2U);
}

namespace {

// A session whose transport answers no pings and knows by itself where to resume: Server-Sent Events.
struct Browser {
  explicit Browser(ModuleFixture& in, std::vector<QueryArgument> arguments = {})
      : fixture(in),
        session(connection, *in.vhost,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"}),
                                         std::move(arguments)),
                in.hub->encoding_of(MediaType::kEventStream)) {
    connection.is_stream = true;
    session.start();
    fixture.host.settle();
  }
  // What was sent since the last call.
  std::string take() { return std::exchange(connection.body, {}); }
  void pass(std::chrono::seconds time) {
    for (; time > 0s; time -= 1s) {
      fixture.clock.advance(1s);
      fixture.writer->beat();
      fixture.hub->on_tick();
      fixture.host.settle();
    }
  }

  ModuleFixture& fixture;
  FakeConnection connection;
  Session session;
};

}  // namespace

RS_TEST(a_peer_that_answers_no_ping_stays_as_long_as_its_socket_takes_bytes) {
  ModuleFixture fixture(Settings{{"ping-interval", "10s"}});
  Browser browser(fixture);
  for (int i = 0; i < 10; ++i) {
    browser.pass(10s);
    browser.connection.sent.acknowledged += 100;
  }
  RS_EXPECT(!browser.connection.is_cut_off);
  std::size_t n_signs = 0;
  for (std::size_t at = 0; (at = browser.connection.body.find(":\n\n", at)) != std::string::npos;
       ++at) {
    ++n_signs;
  }
  RS_EXPECT(n_signs >= 9);  // one each time, and not only the first
}

RS_TEST(a_peer_that_takes_no_bytes_is_cut_off) {
  ModuleFixture fixture(Settings{{"ping-interval", "10s"}});
  Browser browser(fixture);
  browser.connection.sent.pending = true;
  browser.pass(40s);
  RS_EXPECT(browser.connection.is_cut_off);
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

RS_TEST(the_place_is_told_at_the_start_and_with_each_sign_of_life) {
  ModuleFixture fixture(Settings{{"ping-interval", "10s"}});
  const Seq first = fixture.append("Custom", 1);
  Browser browser(fixture, {{"events", "Nothing"}});
  RS_EXPECT_CONTAINS(browser.take(), "\nid: " + fixture.id_of(first) + "\n\n");
  const Seq second = fixture.append("Custom", 2);
  browser.pass(11s);
  RS_EXPECT_CONTAINS(browser.take(), "id: " + fixture.id_of(second) + "\n\n");
}

RS_TEST(no_place_is_told_before_the_history_that_comes_first) {
  ModuleFixture fixture;
  const Seq first = fixture.append("Custom", 1);
  Browser browser(fixture, {{"since", "2020-01-01T00:00:00Z"}});
  const std::string body = browser.take();
  RS_EXPECT_EQ(body.find("id: "), body.find("id: " + fixture.id_of(first) + "\ndata: "));
}
