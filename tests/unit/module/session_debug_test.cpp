#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

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

RS_TEST(a_step_goes_on_over_turns_and_then_answers) {
  ModuleFixture fixture;
  Admin client(fixture, {{"filter.n", "400"}});
  client.say(R"({"type":"debug","action":"pause"})");
  for (int n = 1; n <= 500; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  client.connection.texts.clear();
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(1);
  const std::uint64_t before = fixture.hub->turn_number();
  client.say(R"({"type":"debug","action":"step","count":1})");
  RS_EXPECT(fixture.hub->turn_number() - before > 3);
  RS_EXPECT_EQ(client.connection.next()["data"]["n"].as_integer().value_or(0), 400);
  const Json answer = client.connection.next();
  RS_EXPECT_EQ(answer["action"].as_string().value_or(""), "step");
  RS_EXPECT_EQ(answer["delivered"].as_integer().value_or(0), 1);
}

RS_TEST(a_message_that_follows_a_step_ends_it) {
  ModuleFixture fixture;
  Admin client(fixture, {{"filter.n", "-1"}});
  client.say(R"({"type":"debug","action":"pause"})");
  for (int n = 1; n <= 500; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  client.connection.texts.clear();
  client.session.on_receive(R"({"type":"debug","action":"step","count":1})", false, true);
  client.say(R"({"type":"debug","action":"inspect"})");
  RS_EXPECT_EQ(client.connection.next()["action"].as_string().value_or(""), "step");
  RS_EXPECT_EQ(client.connection.next()["action"].as_string().value_or(""), "inspect");
}
