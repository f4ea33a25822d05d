// Pings, the end of a token, and the place that is told with each sign of life.
#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;
using namespace std::chrono_literals;

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

RS_TEST(a_client_is_told_when_the_node_is_cut_off_and_when_it_is_back) {
  ModuleFixture fixture;
  Admin before(fixture);
  RS_EXPECT(!before.connection.next()["cluster"].present());
  ClusterStatus status;
  status.state = ClusterState::kCut;
  status.node = "node-a";
  const auto worker = RS_UNWRAP(ControlSegment::open(fixture.dir / "control", fixture.clock));
  worker->set_cluster(status);
  fixture.hub->on_tick();
  const Json cut = before.connection.next();
  RS_EXPECT_EQ(type_of(cut), "notice");
  RS_EXPECT_EQ(cut["code"].as_string().value_or(""), "cluster_cut");
  fixture.hub->on_tick();
  RS_EXPECT(before.connection.texts.empty());
  Admin during(fixture);
  const Json welcome = during.connection.next();
  RS_EXPECT_EQ(welcome["cluster"]["state"].as_string().value_or(""), "cut");
  RS_EXPECT_EQ(welcome["cluster"]["node"].as_string().value_or(""), "node-a");
  status.state = ClusterState::kLive;
  worker->set_cluster(status);
  fixture.hub->on_tick();
  RS_EXPECT_EQ(before.connection.next()["code"].as_string().value_or(""), "cluster_live");
  RS_EXPECT_EQ(during.connection.next()["code"].as_string().value_or(""), "cluster_live");
}

// --- when it wants to be called next

RS_TEST(the_next_deadline_is_the_earliest_of_what_is_due) {
  ModuleFixture fixture(Settings{{"ping-interval", "30s"}, {"auth-expiring-notice", "60s"}});
  const MonoTime start = fixture.clock.mono_now();
  Admin plain(fixture);
  RS_EXPECT(plain.session.on_due(start) == start + 30s);
  plain.session.close_at(start + 7s, CloseCode::kGoingAway);
  RS_EXPECT(plain.session.on_due(start) == start + 7s);
  plain.session.close_at(start + 70s, CloseCode::kGoingAway);
  RS_EXPECT(plain.session.on_due(start) == start + 30s);

  Identity who = ModuleFixture::identity({"viewer"}, "bob");
  who.expires = fixture.clock.wall_now() + 63s;
  Client ending(fixture, ModuleFixture::admission(Endpoint::kEvents, who));
  RS_EXPECT(ending.session.on_due(start) == start + 3s);  // the notice
  who.expires = fixture.clock.wall_now() + 600s;
  Client later(fixture, ModuleFixture::admission(Endpoint::kEvents, who));
  RS_EXPECT(later.session.on_due(start) == start + 5s);  // someone may set the clock

  fixture.clock.advance(3s);
  ending.connection.texts.clear();
  RS_EXPECT(ending.session.on_due(start + 3s) == start + 8s);
  RS_EXPECT_EQ(type_of(ending.connection.next()), "auth_expiring");
  fixture.clock.advance(58s);
  ending.session.on_pong();
  RS_EXPECT(ending.session.on_due(start + 61s) == start + 63s);  // the end itself
  RS_EXPECT(ending.connection.texts.empty());                    // is told once
  fixture.clock.advance(2s);
  RS_EXPECT(ending.session.on_due(start + 63s) == MonoTime::max());
  RS_EXPECT_EQ(ending.connection.close_code, 4001);
  RS_EXPECT(ending.session.on_due(start + 63s) == MonoTime::max());
}

RS_TEST(without_pings_and_without_an_end_nothing_is_ever_due) {
  ModuleFixture fixture(Settings{{"ping-interval", "0s"}});
  Admin client(fixture);
  RS_EXPECT(client.session.on_due(fixture.clock.mono_now()) == MonoTime::max());
  fixture.clock.advance(std::chrono::hours(1));
  RS_EXPECT(client.session.on_due(fixture.clock.mono_now()) == MonoTime::max());
  RS_EXPECT_EQ(client.connection.n_pings, 0U);
}

RS_TEST(a_connection_without_a_token_is_due_at_its_deadline_or_when_it_is_told_to_go) {
  ModuleFixture fixture(Settings{{"auth-timeout", "5s"}});
  const MonoTime start = fixture.clock.mono_now();
  Client client(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  RS_EXPECT(client.session.on_due(start) == start + 5s);
  fixture.clock.advance(4s);
  RS_EXPECT(client.session.on_due(start + 4s) == start + 5s);
  RS_EXPECT_EQ(client.connection.close_code, 0);
  Client told(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  told.session.close_at(start + 6s, CloseCode::kGoingAway);
  RS_EXPECT(told.session.on_due(start + 4s) == start + 6s);
  fixture.clock.advance(1s);
  RS_EXPECT(client.session.on_due(start + 5s) == MonoTime::max());
  RS_EXPECT_EQ(client.connection.close_code, 4002);
  RS_EXPECT_EQ(client.connection.n_pings, 0U);
  fixture.clock.advance(1s);
  RS_EXPECT(told.session.on_due(start + 6s) == MonoTime::max());
  RS_EXPECT_EQ(told.connection.close_code, 1001);
}

RS_TEST(a_ping_is_sent_at_its_time_and_not_before_nor_into_a_full_socket) {
  ModuleFixture fixture(Settings{{"ping-interval", "10s"}});
  Admin client(fixture);
  fixture.clock.advance(10s - 1ns);
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(client.connection.n_pings, 0U);
  fixture.clock.advance(1ns);
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(client.connection.n_pings, 1U);
  client.session.on_pong();
  client.connection.socket_full = true;
  fixture.clock.advance(10s);
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(client.connection.n_pings, 1U);
  client.connection.socket_full = false;
  fixture.clock.advance(5s);
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(client.connection.n_pings, 1U);  // its next time has not come
  fixture.clock.advance(5s);
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT_EQ(client.connection.n_pings, 2U);
}

RS_TEST(a_cut_is_counted_and_says_why) {
  using Kind = ControlSegment::CutKind;
  ModuleFixture fixture;
  Admin client(fixture);
  Client other(fixture,
               ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({}, "bob")));
  ControlSegment& control = *fixture.hub->control();
  RS_EXPECT(control.request_cut({Kind::kUser, control.cut_key_of("alice")}));
  fixture.hub->on_tick();
  RS_EXPECT_EQ(client.connection.close_code, 1008);
  RS_EXPECT_CONTAINS(client.connection.close_reason, "administrator");
  RS_EXPECT_EQ(other.connection.close_code, 0);
  RS_EXPECT_EQ(control.total(Counter::kConnectionsCut), 1U);
}
