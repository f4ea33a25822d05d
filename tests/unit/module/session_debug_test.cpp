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

namespace {

Json answer_to(Client& client, std::string_view message) {
  client.connection.texts.clear();
  client.say(message);
  return next_of_type(client.connection, "debug");
}

}  // namespace

RS_TEST(inspect_says_where_the_connection_is_and_when_its_place_will_be_overwritten) {
  ModuleFixture fixture;
  Admin client(fixture, {{"filter.n", "2"}, {"batch_size", "1"}});
  for (int n = 1; n <= 4; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  Json answer = answer_to(client, R"({"type":"debug","action":"inspect"})");
  RS_EXPECT_EQ(answer["ok"].as_bool(), std::optional(true));
  RS_EXPECT_EQ(answer["attached"].as_bool(), std::optional(false));
  RS_EXPECT_EQ(answer["replaying"].as_bool(), std::optional(false));
  RS_EXPECT_EQ(answer["paused"].as_bool(), std::optional(false));
  RS_EXPECT_EQ(answer["cursor"].as_string().value_or(""), fixture.id_of(Seq{5}));
  RS_EXPECT_EQ(answer["head"].as_string().value_or(""), fixture.id_of(Seq{4}));
  RS_EXPECT_EQ(answer["behind"].as_integer().value_or(-1), 0);
  RS_EXPECT_EQ(answer["delivered"].as_integer().value_or(-1), 1);
  RS_EXPECT_EQ(answer["filtered"].as_integer().value_or(-1), 3);
  RS_EXPECT_EQ(answer["denied"].as_integer().value_or(-1), 0);
  const RingState state = fixture.hub->ring().state();
  RS_EXPECT_EQ(answer["headroom_bytes"].as_integer().value_or(-1),
               static_cast<std::int64_t>(state.capacity_bytes));
  RS_EXPECT(!answer["overwritten_in_ms"]
                 .present());  // the ring has not grown for as long as the hub knows

  client.say(R"({"type":"debug","action":"pause"})");
  client.say(R"({"type":"debug","action":"seek","to":")" + fixture.id_of(Seq{1}) + "\"}");
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();  // measures by how much the ring has grown
  const double rate = fixture.hub->follower().bytes_per_second();
  RS_EXPECT_GT(rate, 0.0);
  answer = answer_to(client, R"({"type":"debug","action":"inspect"})");
  const std::int64_t headroom = answer["headroom_bytes"].as_integer().value_or(-1);
  RS_EXPECT_EQ(headroom, static_cast<std::int64_t>(state.capacity_bytes - state.head_position));
  RS_EXPECT_EQ(answer["overwritten_in_ms"].as_integer().value_or(-1),
               static_cast<std::int64_t>(static_cast<double>(headroom) / rate * 1000));
  RS_EXPECT_EQ(answer["behind"].as_integer().value_or(-1), 4);
  RS_EXPECT_EQ(answer["paused"].as_bool(), std::optional(true));
}

RS_TEST(inspect_counts_what_the_role_may_not_see) {
  ModuleFixture fixture;
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"viewer"}),
                                         {{"filter.n", "5"}}));
  for (int n = 1; n <= 3; ++n) {
    fixture.append("LogEntry", n);
  }
  fixture.append("TaskStatusChanged", 4);
  fixture.append("TaskStatusChanged", 5);
  fixture.hub->on_wake();
  const Json answer = answer_to(client, R"({"type":"debug","action":"inspect"})");
  RS_EXPECT_EQ(answer["denied"].as_integer().value_or(-1), 3);
  RS_EXPECT_EQ(answer["filtered"].as_integer().value_or(-1), 1);
  RS_EXPECT_EQ(answer["delivered"].as_integer().value_or(-1), 1);
}

RS_TEST(a_seek_goes_to_a_time_to_an_id_and_no_further_than_the_head) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3; ++n) {
    fixture.append("A", n);
    fixture.clock.advance(std::chrono::minutes(1));
  }
  fixture.hub->on_wake();
  Admin client(fixture);
  client.say(R"({"type":"debug","action":"pause"})");
  Json answer = answer_to(client, R"({"type":"debug","action":"seek","to":"-90s"})");
  RS_EXPECT_EQ(answer["ok"].as_bool(), std::optional(true));
  RS_EXPECT_EQ(answer["cursor"].as_string().value_or(""), fixture.id_of(Seq{3}));
  RS_EXPECT_EQ(answer["missed"].as_integer().value_or(-1), 0);
  const std::string beyond = fixture.id_of(Seq{100});
  answer = answer_to(client, R"({"type":"debug","action":"seek","to":")" + beyond + "\"}");
  RS_EXPECT_EQ(answer["cursor"].as_string().value_or(""), fixture.id_of(Seq{4}));
  answer = answer_to(client, R"({"type":"debug","action":"seek","to":"00000001:1"})");
  RS_EXPECT_EQ(answer["ok"].as_bool(), std::optional(false));
  RS_EXPECT_CONTAINS(std::string(answer["message"].as_string().value_or("")), "another epoch");
  RS_EXPECT_EQ(answer["cursor"].as_string().value_or(""), fixture.id_of(Seq{4}));  // where it was
}

RS_TEST(a_seek_says_how_much_of_what_it_went_to_is_gone) {
  ModuleFixture fixture;
  Admin client(fixture);
  client.say(R"({"type":"debug","action":"pause"})");
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  const std::uint64_t tail = fixture.hub->ring().cursor_at_tail().seq.value;
  const Json answer = answer_to(
      client, R"({"type":"debug","action":"seek","to":")" + fixture.id_of(Seq{10}) + "\"}");
  RS_EXPECT_EQ(answer["missed"].as_integer().value_or(-1), static_cast<std::int64_t>(tail - 10));
  RS_EXPECT_EQ(answer["cursor"].as_string().value_or(""), fixture.id_of(Seq{tail}));
}

RS_TEST(a_seek_ends_the_pace_of_a_playback_and_a_resume_without_speed_does_too) {
  for (const bool seeks : {true, false}) {
    ModuleFixture fixture;
    for (int n = 1; n <= 3; ++n) {
      fixture.append("A", n);
      fixture.clock.advance(std::chrono::seconds(100));
    }
    fixture.hub->on_wake();
    Admin client(fixture);
    client.say(R"({"type":"debug","action":"pause"})");
    client.say(R"({"type":"debug","action":"seek","to":")" + fixture.id_of(Seq{1}) + "\"}");
    client.say(R"({"type":"debug","action":"resume","speed":1})");
    RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
    client.say(seeks ? R"({"type":"debug","action":"seek","to":")" + fixture.id_of(Seq{2}) + "\"}"
                     : R"({"type":"debug","action":"resume"})");
    RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2, 3}));
  }
}

RS_TEST(a_playback_that_has_caught_up_with_the_present_is_live) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.clock.advance(std::chrono::seconds(10));
  fixture.hub->on_wake();
  Admin client(fixture);
  client.say(R"({"type":"debug","action":"pause"})");
  client.say(R"({"type":"debug","action":"seek","to":")" + fixture.id_of(Seq{1}) + "\"}");
  client.say(R"({"type":"debug","action":"resume","speed":2})");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  fixture.append("A", 2);  // is played ten seconds from now: then the playback is at the present
  fixture.host.advance(std::chrono::milliseconds(4900));
  RS_EXPECT(client.connection.event_numbers().empty());
  fixture.host.advance(std::chrono::milliseconds(200));
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
  fixture.host.advance(std::chrono::seconds(20));
  fixture.append("A", 3);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{3}));  // at once
  RS_EXPECT(fixture.host.timer_at() ==
            MonoTime::max());  // and nobody waits for the next step of it
}

RS_TEST(attaching_again_keeps_what_detach_goes_back_to_and_ends_a_pause) {
  ModuleFixture fixture;
  fixture.append("TaskStatusChanged", 1, R"("task_id":"x")");
  fixture.append("TaskStatusChanged", 2, R"("workflow_id":"w")");
  fixture.append("TaskStatusChanged", 3, R"("batch_id":"b")");
  fixture.append("TaskStatusChanged", 4, R"("kind":"k")");
  fixture.hub->on_wake();
  Admin client(fixture, {{"events", "Other"}});
  client.connection.texts.clear();
  client.say(R"({"type":"debug","action":"pause"})");
  client.say(R"({"type":"debug","action":"attach","task_id":"x"})");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
  client.say(R"({"type":"debug","action":"attach","workflow_id":"w"})");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
  client.say(R"({"type":"debug","action":"attach","batch_id":"b"})");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{3}));
  client.say(R"({"type":"debug","action":"attach","filters":{"kind":"k"}})");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{4}));
  RS_EXPECT_EQ(answer_to(client, R"({"type":"debug","action":"inspect"})")["attached"].as_bool(),
               std::optional(true));
  client.say(R"({"type":"debug","action":"detach"})");
  client.connection.texts.clear();
  fixture.append("TaskStatusChanged", 5, R"("kind":"k")");
  fixture.append("Other", 6);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{6}));
}

RS_TEST(an_attach_that_is_refused_changes_nothing) {
  ModuleFixture fixture(Settings{{"limit-filter-bytes", "32KiB"}});
  Admin client(fixture);
  client.say(R"({"type":"debug","action":"pause"})");
  fixture.append("A", 1);
  fixture.hub->on_wake();
  client.connection.texts.clear();
  const std::string wide = R"({"kind":")" + std::string(40'000, 'k') + "\"}";
  for (const std::string& filters : {std::string(R"({"search":{"regex":"("}})"), wide}) {
    client.say(R"({"type":"debug","action":"attach","filters":)" + filters + "}");
    const Json error = client.connection.next();
    RS_EXPECT_EQ(error["code"].as_string().value_or(""), "bad_filter");
    RS_EXPECT_EQ(error["request"].as_string().value_or(""), "debug");
  }
  const Json answer = answer_to(client, R"({"type":"debug","action":"inspect"})");
  RS_EXPECT_EQ(answer["paused"].as_bool(), std::optional(true));
  RS_EXPECT_EQ(answer["attached"].as_bool(), std::optional(false));
  RS_EXPECT_EQ(answer["cursor"].as_string().value_or(""), fixture.id_of(Seq{1}));
}

RS_TEST(a_step_during_a_replay_continues_where_the_replay_was) {
  ModuleFixture fixture;
  for (int n = 1; n <= 600; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  Admin client(fixture, {{"batch_size", "1"}});
  client.connection.fills_with_each_send = true;
  client.say(R"({"type":"subscribe","events":["*"],"filters":{"since":"2020-01-01T00:00:00Z"}})");
  client.connection.socket_full = false;
  client.session.on_writable();
  fixture.host.settle();
  client.connection.fills_with_each_send = client.connection.socket_full = false;
  const Numbers replayed = client.connection.event_numbers();
  RS_EXPECT(!replayed.empty() && replayed.size() < 600);
  client.session.on_receive(R"({"type":"debug","action":"pause"})", false, true);
  client.say(R"({"type":"debug","action":"step","count":2})");
  RS_EXPECT_EQ(client.connection.event_numbers(),
               (Numbers{replayed.back() + 1, replayed.back() + 2}));
  RS_EXPECT_EQ(fixture.hub->control()->in_use(ControlSegment::Quota::kReplays, "alice"), 0U);
  const Json answer = answer_to(client, R"({"type":"debug","action":"step","count":1000})");
  RS_EXPECT_EQ(answer["delivered"].as_integer().value_or(0), 600 - replayed.back() - 2);
  RS_EXPECT_EQ(answer["paused"].as_bool(), std::optional(true));
}

RS_TEST(detach_ends_the_session_and_its_pause) {
  ModuleFixture fixture;
  fixture.append("A", 1, R"("task_id":"x")");
  fixture.hub->on_wake();
  Admin client(fixture);
  client.say(R"({"type":"debug","action":"attach","task_id":"x"})");
  client.say(R"({"type":"debug","action":"pause"})");
  const Json detached = answer_to(client, R"({"type":"debug","action":"detach"})");
  RS_EXPECT_EQ(detached["paused"].as_bool(), std::optional(false));
  RS_EXPECT_EQ(detached["cursor"].as_string().value_or(""), fixture.id_of(Seq{2}));
  client.connection.texts.clear();
  fixture.append("A", 2);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
  const Json answer = answer_to(client, R"({"type":"debug","action":"inspect"})");
  RS_EXPECT_EQ(answer["attached"].as_bool(), std::optional(false));
}
