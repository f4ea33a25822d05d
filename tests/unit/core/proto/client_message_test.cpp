// Client messages: what each may say, and that everything else is refused with what is wrong, and
// where.
#include "core/proto/client_message.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using Names = std::vector<std::string>;

namespace {

template <class Message>
Message parsed(const std::string& text) {
  auto message = parse_client_message(text);
  if (!message) {
    RS_FAIL("refused " + text + ": " + message.error().message);
  }
  if (!std::holds_alternative<Message>(*message)) {
    RS_FAIL("read as another message: " + text);
  }
  return std::move(std::get<Message>(*message));
}

MessageError refused(const std::string& text) {
  auto message = parse_client_message(text);
  if (message) {
    RS_FAIL("accepted " + text);
  }
  return message.error();
}

}  // namespace

RS_TEST(ping_is_only_its_type) {
  static_cast<void>(parsed<PingMessage>(R"({"type":"ping"})"));
  RS_EXPECT_CONTAINS(refused(R"({"type":"ping","id":1})").message, "unknown member \"id\"");
}

RS_TEST(auth_carries_a_token) {
  RS_EXPECT_EQ(parsed<AuthMessage>(R"({"type":"auth","token":"a.b.c"})").token, "a.b.c");
  RS_EXPECT_EQ(refused(R"({"type":"auth"})").message, "token is missing");
  RS_EXPECT_EQ(refused(R"({"type":"auth","token":""})").message, "token must not be empty");
  RS_EXPECT_EQ(refused(R"({"type":"auth","token":5})").message,
               "token must be a string, is an integer");
}

RS_TEST(subscribe_carries_events_and_filters) {
  const auto message = parsed<SubscribeMessage>(
      R"({"type":"subscribe","events":["TaskStatusChanged","log","*","Custom.x"],"filters":{"status":["a","b"]}})");
  RS_EXPECT_EQ(message.events, Names({"TaskStatusChanged", "log", "*", "Custom.x"}));
  RS_EXPECT_EQ(message.filters.dump(), R"({"status":["a","b"]})");
  RS_EXPECT(
      !parsed<SubscribeMessage>(R"({"type":"subscribe","events":["log"]})").filters.present());
}

RS_TEST(filters_outlive_the_text_they_came_from) {
  auto text = std::make_unique<std::string>(
      R"({"filters":{"a":"long enough not to be kept in place"},"type":"subscribe","events":["x"]})");
  const auto message = parsed<SubscribeMessage>(*text);
  text.reset();
  RS_EXPECT_EQ(message.filters.dump(), R"({"a":"long enough not to be kept in place"})");
}

RS_TEST(unsubscribe_carries_events) {
  RS_EXPECT_EQ(parsed<UnsubscribeMessage>(R"({"type":"unsubscribe","events":["*"]})").events,
               Names({"*"}));
  RS_EXPECT_CONTAINS(refused(R"({"type":"unsubscribe","events":["x"],"filters":{}})").message,
                     "unknown member \"filters\"");
}

RS_TEST(wrong_events_are_refused_with_their_index) {
  RS_EXPECT_EQ(refused(R"({"type":"subscribe"})").message, "events is missing");
  RS_EXPECT_EQ(refused(R"({"type":"subscribe","events":"task"})").message,
               "events must be an array of strings, is a string");
  RS_EXPECT_EQ(refused(R"({"type":"subscribe","events":[]})").message, "events must not be empty");
  RS_EXPECT_EQ(refused(R"({"type":"subscribe","events":["task",5]})").message,
               "events[1] must be a string, is an integer");
  RS_EXPECT_EQ(refused(R"({"type":"subscribe","events":["task",null]})").message,
               "events[1] must be a string, is null");
  RS_EXPECT_EQ(refused(R"({"type":"subscribe","events":["9"]})").message,
               "events[0] is not an event type: \"9\"");
  RS_EXPECT_EQ(refused(R"({"type":"subscribe","events":["x"],"filters":[]})").message,
               "filters must be an object, is an array");
  RS_EXPECT_EQ(refused(R"({"type":"subscribe","events":["x"],"filters":null})").message,
               "filters must be an object, is null");
}

RS_TEST(misspelt_member_is_told) {
  const MessageError error = refused(R"({"type":"subscribe","events":["x"],"filter":{}})");
  RS_EXPECT_EQ(error.code, "invalid_message");
  RS_EXPECT_EQ(error.message, "unknown member \"filter\"; this message has type, events, filters");
  RS_EXPECT_EQ(error.request, "subscribe");
}

RS_TEST(debug_attach_needs_something_to_attach_to) {
  const auto message = parsed<DebugMessage>(
      R"({"type":"debug","action":"attach","task_id":"t-1","filters":{"a":"b"}})");
  RS_EXPECT(message.action == DebugMessage::Action::kAttach);
  RS_EXPECT_EQ(message.action_name, "attach");
  RS_EXPECT_EQ(*message.task_id, "t-1");
  RS_EXPECT(!message.workflow_id && !message.batch_id);
  RS_EXPECT_EQ(message.filters.dump(), R"({"a":"b"})");
  RS_EXPECT_EQ(
      *parsed<DebugMessage>(R"({"type":"debug","action":"attach","workflow_id":"w"})").workflow_id,
      "w");
  RS_EXPECT_EQ(
      *parsed<DebugMessage>(R"({"type":"debug","action":"attach","batch_id":"b"})").batch_id, "b");
  RS_EXPECT(
      parsed<DebugMessage>(R"({"type":"debug","action":"attach","filters":{}})").filters.present());
  RS_EXPECT_CONTAINS(refused(R"({"type":"debug","action":"attach"})").message,
                     "attach needs a task_id");
  RS_EXPECT_CONTAINS(refused(R"({"type":"debug","action":"attach","task_id":""})").message,
                     "task_id must not be empty");
  RS_EXPECT_CONTAINS(refused(R"({"type":"debug","action":"attach","task_id":null})").message,
                     "task_id must be a string");
}

RS_TEST(debug_step_counts_1_to_1000) {
  RS_EXPECT_EQ(parsed<DebugMessage>(R"({"type":"debug","action":"step"})").count, 1);
  RS_EXPECT_EQ(parsed<DebugMessage>(R"({"type":"debug","action":"step","count":1000})").count,
               1000);
  RS_EXPECT_EQ(parsed<DebugMessage>(R"({"type":"debug","action":"step","count":2.0})").count, 2);
  for (const char* count : {"0", "1001", "-1", "1.5", "\"2\"", "null", "true", "1e300"}) {
    const MessageError error =
        refused(std::string(R"({"type":"debug","action":"step","count":)") + count + "}");
    RS_EXPECT_EQ(error.message, "count must be an integer from 1 to 1000");
  }
}

RS_TEST(debug_seek_takes_a_time_or_an_id) {
  RS_EXPECT_EQ(parsed<DebugMessage>(R"({"type":"debug","action":"seek","to":"5f3a9c1e:7"})").to,
               "5f3a9c1e:7");
  RS_EXPECT(parsed<DebugMessage>(R"({"type":"debug","action":"seek","to":"2025-09-26T10:00:00Z"})")
                .action == DebugMessage::Action::kSeek);
  RS_EXPECT_CONTAINS(refused(R"({"type":"debug","action":"seek","to":"tomorrow"})").message,
                     "RFC 3339");
  RS_EXPECT_EQ(refused(R"({"type":"debug","action":"seek"})").message, "to is missing");
}

RS_TEST(debug_resume_takes_a_speed_above_0_at_most_1000) {
  RS_EXPECT(!parsed<DebugMessage>(R"({"type":"debug","action":"resume"})").speed.has_value());
  RS_EXPECT_EQ(*parsed<DebugMessage>(R"({"type":"debug","action":"resume","speed":4})").speed, 4.0);
  RS_EXPECT_EQ(*parsed<DebugMessage>(R"({"type":"debug","action":"resume","speed":0.25})").speed,
               0.25);
  RS_EXPECT_EQ(*parsed<DebugMessage>(R"({"type":"debug","action":"resume","speed":1000})").speed,
               1000.0);
  for (const char* speed : {"0", "-1", "1000.5", "\"4\"", "null"}) {
    const MessageError error =
        refused(std::string(R"({"type":"debug","action":"resume","speed":)") + speed + "}");
    RS_EXPECT_EQ(error.message, "speed must be a number above 0, at most 1000");
  }
}

RS_TEST(debug_actions_take_only_their_own_members) {
  for (const char* action : {"pause", "inspect", "detach"}) {
    const std::string head = std::string(R"({"type":"debug","action":")") + action + '"';
    RS_EXPECT_EQ(parsed<DebugMessage>(head + "}").action_name, action);
    RS_EXPECT_CONTAINS(refused(head + R"(,"count":1})").message, "unknown member \"count\"");
  }
  RS_EXPECT_CONTAINS(
      refused(R"({"type":"debug","action":"seek","to":"5f3a9c1e:7","count":1})").message,
      "unknown member");
  RS_EXPECT_CONTAINS(refused(R"({"type":"debug","action":"rewind"})").message, "is \"rewind\"");
  RS_EXPECT_EQ(refused(R"({"type":"debug"})").message, "action is missing");
  RS_EXPECT_EQ(refused(R"({"type":"debug","action":7})").message,
               "action must be a string, is an integer");
}

RS_TEST(unknown_type_has_its_own_code) {
  const MessageError error = refused(R"({"type":"publish","event":{}})");
  RS_EXPECT_EQ(error.code, "unknown_type");
  RS_EXPECT_EQ(error.request, "publish");
  RS_EXPECT_CONTAINS(error.message, "auth, subscribe, unsubscribe, ping, debug");
}

RS_TEST(text_that_is_no_message_is_refused_with_the_reason) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not JSON"},
      {"{", "not JSON at byte 1"},
      {"{\"type\":\"ping\"} x", "not JSON"},
      {"{\"type\":\"ping\",\"type\":\"ping\"}", "duplicate"},
      {"{'type':'ping'}", "not JSON at byte"},
      {"{\"type\":\"\xFF\"}", "not JSON"},
      {"[]", "a message must be an object, is an array"},
      {"null", "a message must be an object, is null"},
      {"\"ping\"", "a message must be an object, is a string"},
      {"5", "a message must be an object, is an integer"},
      {"{}", "type is missing"},
      {R"({"type":5})", "type must be a string, is an integer"},
      {R"({"type":""})", "type must not be empty"},
      {R"({"type":null})", "type must be a string, is null"},
  };
  for (const auto& [text, message] : cases) {
    const MessageError error = refused(text);
    RS_EXPECT_EQ(error.code, "invalid_message");
    RS_EXPECT_EQ(error.request, "");
    RS_EXPECT_CONTAINS(error.message, message);
  }
}

RS_TEST(deep_nesting_is_refused_before_it_is_followed) {
  std::string text = R"({"type":"subscribe","events":["x"],"filters":{"a":)";
  text += std::string(30'000, '[') + std::string(30'000, ']') + "}}";
  RS_EXPECT_CONTAINS(refused(text).message, "nested deeper than");
}

RS_TEST(refusal_repeats_little_of_what_was_sent_and_nothing_unprintable) {
  const MessageError error = refused("{\"type\":\"" + std::string(60'000, 'x') + "\"}");
  RS_EXPECT_LT(error.message.size(), 200);
  RS_EXPECT_EQ(error.request, "");
  RS_EXPECT_NOT_CONTAINS(refused(R"({"type":"ping","\u001b[2J":1})").message, "\x1b");
  RS_EXPECT_NOT_CONTAINS(refused(R"({"type":"auth","tokn":"SECRET"})").message, "SECRET");
}
