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
