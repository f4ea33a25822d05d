#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

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

RS_TEST(a_forbidden_type_is_a_member_of_the_error) {
  ModuleFixture fixture;
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"viewer"})));
  client.connection.texts.clear();
  client.say(R"({"type":"subscribe","events":["log"]})");
  RS_EXPECT_EQ(client.connection.next()["event"].as_string().value_or(""), "LogEntry");
}

RS_TEST(subscribe_and_unsubscribe_hold_the_limit_on_names) {
  ModuleFixture fixture(Settings{{"limit-events-per-subscription", "3"}});
  Admin client(fixture);
  client.connection.texts.clear();
  for (const char* type : {"subscribe", "unsubscribe"}) {
    client.say(R"({"type":")" + std::string(type) + R"(","events":["A","B","C","D"]})");
    RS_EXPECT_EQ(client.connection.next()["code"].as_string().value_or(""), "too_many_events");
  }
  // What was taken away from "all" is kept, so it counts.
  client.say(R"({"type":"unsubscribe","events":["A","B"]})");
  RS_EXPECT_EQ(type_of(client.connection.next()), "unsubscribed");
  client.say(R"({"type":"unsubscribe","events":["C","D"]})");
  RS_EXPECT_EQ(client.connection.next()["code"].as_string().value_or(""), "too_many_events");
}

RS_TEST(filters_of_a_connection_hold_their_limit_of_memory) {
  ModuleFixture fixture(Settings{{"limit-filter-bytes", "256KiB"}});
  Admin client(fixture);
  client.connection.texts.clear();
  int n_taken = 0;
  Json refused;
  for (int n = 0; n < 10; ++n) {
    client.say(R"({"type":"subscribe","events":["T)" + std::to_string(n) +
               R"("],"filters":{"search":"x)" + std::to_string(n) + "\"}}");
    Json answer = client.connection.next();
    if (type_of(answer) == "subscribed") {
      ++n_taken;
    } else {
      refused = std::move(answer);
    }
  }
  RS_EXPECT(n_taken >= 2 && n_taken < 5);
  RS_EXPECT_EQ(refused["code"].as_string().value_or(""), "bad_filter");
  RS_EXPECT_CONTAINS(std::string(refused["message"].as_string().value_or("")), "bytes of memory");
}

RS_TEST(unread_answers_are_bounded) {
  ModuleFixture fixture(Settings{{"limit-messages-per-second", "0"}});
  Admin client(fixture);
  client.connection.socket_full = true;
  for (int n = 0; n < 20'000 && client.connection.close_code == 0; ++n) {
    client.say(R"({"type":"ping"})");
  }
  RS_EXPECT_EQ(client.connection.close_code, 4008);
}

// --- the limits, to the byte and to the message

RS_TEST(a_message_has_exactly_as_many_bytes_as_are_allowed) {
  const std::string ping = R"({"type":"ping"})";
  const auto padded = [&ping](std::size_t n) { return ping + std::string(n - ping.size(), ' '); };
  ModuleFixture fixture(Settings{{"limit-message-bytes", "1KiB"}});
  Admin exact(fixture);
  exact.connection.texts.clear();
  exact.say(padded(1024));
  RS_EXPECT_EQ(type_of(exact.connection.next()), "pong");
  const std::string whole = padded(1024);
  exact.session.on_receive(whole.substr(0, 1000), false, false, 24);
  exact.session.on_receive(whole.substr(1000), false, true);
  RS_EXPECT_EQ(type_of(exact.connection.next()), "pong");
  exact.say(ping);  // nothing of the last one is left
  RS_EXPECT_EQ(type_of(exact.connection.next()), "pong");
  RS_EXPECT_EQ(exact.connection.close_code, 0);

  Admin one_more(fixture);
  one_more.say(padded(1025));
  RS_EXPECT_EQ(one_more.connection.close_code, 1009);
  RS_EXPECT_CONTAINS(one_more.connection.close_reason, "1024 bytes");
  Admin in_pieces(fixture);
  in_pieces.session.on_receive(padded(1000), false, false);
  RS_EXPECT_EQ(in_pieces.connection.close_code, 0);
  in_pieces.session.on_receive(std::string(25, ' '), false, true);
  RS_EXPECT_EQ(in_pieces.connection.close_code, 1009);
  Admin announced(fixture);  // it need not be waited for
  announced.session.on_receive("{", false, false, 1024);
  RS_EXPECT_EQ(announced.connection.close_code, 1009);
}

RS_TEST(as_many_messages_a_second_as_are_allowed_are_answered) {
  ModuleFixture fixture(Settings{{"limit-messages-per-second", "3"}});
  Admin client(fixture);
  client.connection.texts.clear();
  for (int second = 0; second < 3; ++second) {
    for (int n = 0; n < 3; ++n) {
      client.say(R"({"type":"ping"})");
      RS_EXPECT_EQ(type_of(client.connection.next()), "pong");
    }
    fixture.clock.advance(std::chrono::milliseconds(400));
    client.say(R"({"type":"ping"})");
    const Json refused = client.connection.next();
    RS_EXPECT_EQ(refused["code"].as_string().value_or(""), "rate_limited");
    RS_EXPECT_EQ(refused["retry_after_ms"].as_integer().value_or(0), 600);
    client.say(R"({"type":"ping"})");
    RS_EXPECT(client.connection.texts.empty());  // it was told
    RS_EXPECT_EQ(client.connection.close_code, 0);
    fixture.clock.advance(std::chrono::milliseconds(600));
  }
  for (int n = 0; n < 5; ++n) {
    client.say(R"({"type":"ping"})");
  }
  RS_EXPECT_EQ(client.connection.close_code, 0);
  client.say(R"({"type":"ping"})");  // as many too many as would have been allowed
  RS_EXPECT_EQ(client.connection.close_code, 4029);
}

RS_TEST(a_pong_tells_how_late_the_next_event_is) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  client.say(R"({"type":"ping"})");
  RS_EXPECT_EQ(client.connection.next()["lag_ms"].as_integer().value_or(-1), 0);
  client.say(R"({"type":"debug","action":"pause"})");
  fixture.append("A", 1);
  fixture.hub->on_wake();
  fixture.clock.advance(std::chrono::milliseconds(250));
  client.connection.texts.clear();
  client.say(R"({"type":"ping"})");
  RS_EXPECT_EQ(client.connection.next()["lag_ms"].as_integer().value_or(-1), 250);
}

RS_TEST(messages_and_those_that_are_none_are_counted) {
  ModuleFixture fixture;
  Admin client(fixture);
  const ControlSegment& control = *fixture.hub->control();
  client.say(R"({"type":"ping"})");
  client.say("{");
  RS_EXPECT_EQ(control.total(Counter::kMessagesIn), 2U);
  RS_EXPECT_EQ(control.total(Counter::kMessagesInvalid), 1U);
}

RS_TEST(a_name_that_is_no_event_type_is_refused_with_the_name) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  for (const std::string request : {"subscribe", "unsubscribe"}) {
    client.say(R"({"type":")" + request + R"(","events":["A","not a type"]})");
    const Json error = client.connection.next();
    RS_EXPECT_EQ(error["code"].as_string().value_or(""), "invalid_message");
    RS_EXPECT_EQ(error["request"].as_string().value_or(""), request);
    RS_EXPECT_CONTAINS(std::string(error["message"].as_string().value_or("")), "not a type");
  }
  fixture.append("B", 1);  // nothing was subscribed or unsubscribed
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
}

RS_TEST(names_are_answered_in_full_and_each_once) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.connection.texts.clear();
  client.say(R"({"type":"subscribe","events":["task","TaskStatusChanged","*","A"]})");
  const Json answer = client.connection.next();
  RS_EXPECT_EQ(answer["events"].size(), 3U);
  RS_EXPECT_EQ(answer["events"][std::size_t{0}].as_string().value_or(""), "TaskStatusChanged");
  client.say(R"({"type":"unsubscribe","events":["task","task"]})");
  const Json left = client.connection.next();
  RS_EXPECT_EQ(type_of(left), "unsubscribed");
  RS_EXPECT_EQ(left["events"].size(), 1U);
}

RS_TEST(a_first_token_that_is_bad_closes_and_a_later_one_does_not) {
  ModuleFixture fixture;
  const auto auth = [&fixture](std::chrono::seconds ttl) {
    return R"({"type":"auth","token":")" + fixture.token("bob", "viewer", ttl) + "\"}";
  };
  Client expired(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  expired.say(auth(std::chrono::seconds(-600)));
  RS_EXPECT_EQ(expired.connection.close_code, 4001);
  Client broken(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  broken.say(R"({"type":"auth","token":"nonsense"})");
  RS_EXPECT_EQ(broken.connection.close_code, 1008);
  Client open(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  open.say(auth(std::chrono::seconds(60)));
  open.connection.texts.clear();
  open.say(R"({"type":"auth","token":"nonsense"})");
  RS_EXPECT_EQ(open.connection.next()["code"].as_string().value_or(""), "unauthenticated");
  RS_EXPECT_EQ(open.connection.close_code, 0);
  RS_EXPECT(fixture.hub->control()->revoke(RevocationKind::kUser, "bob"));
  Client revoked(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  revoked.say(auth(std::chrono::seconds(60)));
  RS_EXPECT_EQ(revoked.connection.close_code, 1008);
  RS_EXPECT_CONTAINS(revoked.connection.close_reason, "revoked");
}
