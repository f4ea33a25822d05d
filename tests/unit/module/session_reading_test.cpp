#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

// What it is told when its messages have cost too much; fails the test when it is not.
Json say_until_refused(Client& client) {
  for (int n = 0; n < 20; ++n) {
    client.say(R"({"type":"ping"})");
    Json answer = client.connection.next();
    if (type_of(answer) == "error") {
      RS_EXPECT_EQ(answer["code"].as_string().value_or(""), "rate_limited");
      return answer;
    }
  }
  RS_FAIL("no message was refused");
}

// A client whose user has overdrawn the share for messages, and was told.
struct Overdrawn : Admin {
  explicit Overdrawn(ModuleFixture& where) : Admin(where) {
    connection.texts.clear();
    where.clock.cpu_per_reading =
        std::chrono::milliseconds(30);  // each message costs at least that
    refused = say_until_refused(*this);
  }
  Json refused;
};

}  // namespace

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

RS_TEST(messages_that_cost_more_than_the_users_share_are_refused_and_then_closed) {
  ModuleFixture fixture;
  Overdrawn client(fixture);
  RS_EXPECT(client.refused["retry_after_ms"].as_integer().value_or(0) > 0);
  for (int n = 0; n < 100; ++n) {
    client.say(R"({"type":"ping"})");
  }
  RS_EXPECT_EQ(client.connection.close_code, 4029);
}

RS_TEST(who_has_overdrawn_the_share_is_not_read_from_until_it_is_earned) {
  ModuleFixture fixture;
  Overdrawn client(fixture);
  const std::int64_t wait = *client.refused["retry_after_ms"].as_integer();
  RS_EXPECT(!client.connection.is_read);
  fixture.clock.cpu_per_reading = {};
  fixture.host.advance(std::chrono::milliseconds(std::min<std::int64_t>(wait, 1000) - 1));
  RS_EXPECT(!client.connection.is_read);
  fixture.host.advance(std::chrono::milliseconds(1));  // not only with the next tick
  RS_EXPECT(client.connection.is_read);
}

RS_TEST(it_is_read_from_again_though_another_timer_comes_first) {
  ModuleFixture fixture;
  fixture.hub->call_at(fixture.clock.mono_now() + std::chrono::milliseconds(10));
  Overdrawn client(fixture);
  fixture.clock.cpu_per_reading = {};
  fixture.host.advance(std::chrono::milliseconds(999));
  RS_EXPECT(!client.connection.is_read);
  fixture.host.advance(std::chrono::milliseconds(1));
  RS_EXPECT(client.connection.is_read);
}

RS_TEST(it_is_read_from_again_when_it_is_due_though_no_turn_comes) {
  ModuleFixture fixture;
  Overdrawn client(fixture);
  const MonoTime now = fixture.clock.mono_now();
  RS_EXPECT(client.session.on_due(now) == now + std::chrono::seconds(1));
  RS_EXPECT(!client.connection.is_read);
  (void)client.session.on_due(now + std::chrono::milliseconds(999));
  RS_EXPECT(!client.connection.is_read);
  fixture.clock.advance(std::chrono::seconds(1));
  (void)client.session.on_due(fixture.clock.mono_now());
  RS_EXPECT(client.connection.is_read);
}

RS_TEST(a_client_that_waited_and_is_refused_again_is_told_again) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  const auto account = fixture.hub->account_of("alice");
  for (int n = 0; n < 3; ++n) {  // within one second
    account->messages.charge(std::chrono::milliseconds(n == 0 ? 51 : 1));
    client.say(R"({"type":"ping"})");
    RS_EXPECT_EQ(client.connection.next()["code"].as_string().value_or(""), "rate_limited");
    fixture.host.advance(std::chrono::milliseconds(101));  // a millisecond is earned
    client.say(R"({"type":"ping"})");
    RS_EXPECT_EQ(type_of(client.connection.next()), "pong");
  }
}

RS_TEST(a_connection_that_is_closed_is_read_from_for_the_answer_to_the_close) {
  ModuleFixture fixture;
  Overdrawn client(fixture);
  RS_EXPECT(!client.connection.is_read);
  client.session.close_at(fixture.clock.mono_now(), CloseCode::kGoingAway);
  fixture.hub->on_tick();
  RS_EXPECT_EQ(client.connection.close_code, 1001);
  RS_EXPECT(client.connection.is_read);
}

RS_TEST(to_connect_again_does_not_settle_what_messages_have_cost) {
  ModuleFixture fixture;
  { const Overdrawn gone(fixture); }
  fixture.hub->on_tick();
  Admin again(fixture);
  again.connection.texts.clear();
  again.say(R"({"type":"ping"})");
  RS_EXPECT_EQ(again.connection.next()["code"].as_string().value_or(""), "rate_limited");
}

RS_TEST(receiving_is_charged_by_the_byte) {
  ModuleFixture fixture(Settings{{"limit-messages-per-second", "10000"}});
  Admin client(fixture);
  client.connection.texts.clear();
  const std::string_view ping = R"({"type":"ping"})";
  const std::string piece = std::string(ping) + std::string((std::size_t{60} << 10U), ' ');
  int n_taken = 0;
  for (; n_taken < 1000; ++n_taken) {  // the clock stands still, and handling them costs nothing
    client.say(piece);
    if (type_of(client.connection.next()) != "pong") {
      break;
    }
  }
  RS_EXPECT(n_taken > 100 && n_taken < 200);  // 50 ms, at 7 ns a byte
}

RS_TEST(a_stranger_may_send_little_before_the_token) {
  ModuleFixture fixture;
  Client large(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  large.session.on_receive(std::string((std::size_t{16} << 10U) + 1, ' '), false, false);
  RS_EXPECT_EQ(large.connection.close_code, 1009);
  Client many(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  for (int n = 0; n < 10; ++n) {
    many.say(R"({"type":"ping"})");
  }
  RS_EXPECT_EQ(many.connection.close_code, 0);
  many.say(R"({"type":"ping"})");
  RS_EXPECT_EQ(many.connection.close_code, 1008);
}
