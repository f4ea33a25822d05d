// Server messages: the exact texts. The schemas are held against them by tests/system/test_contract.py.
#include "core/proto/server_message.hpp"

#include "core/base/text.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace std::chrono_literals;

RS_TEST(welcome_says_who_and_where) {
  WelcomeFields fields;
  fields.connection_id = "c-1";
  fields.protocol = "ringside-ws";
  fields.user = "alice";
  fields.roles = {"admin"};
  fields.events = {"*"};
  fields.limits = Json::object();
  fields.limits.set("max_events", 50);
  fields.epoch = "5f3a9c1e";
  fields.head = "5f3a9c1e:184467";
  fields.token_expires_at = *parse_rfc3339("2025-09-26T10:00:00Z");
  fields.time = *parse_rfc3339("2025-09-26T09:00:00Z");
  RS_EXPECT_EQ(
      welcome_message(fields),
      R"({"type":"welcome","connection_id":"c-1","protocol":"ringside-ws","user":"alice","roles":["admin"],)"
      R"("events":["*"],"batch_size":10,"limits":{"max_events":50},"epoch":"5f3a9c1e",)"
      R"("head":"5f3a9c1e:184467","time":"2025-09-26T09:00:00.000000Z","token_expires_at":"2025-09-26T10:00:00.000000Z"})");
}

RS_TEST(welcome_leaves_out_the_expiry_of_a_token_without_one) {
  RS_EXPECT_EQ(
      welcome_message({}),
      R"({"type":"welcome","connection_id":"","protocol":"","user":"","roles":[],"events":[],"batch_size":10,)"
      R"("limits":{},"epoch":"","head":"","time":"1970-01-01T00:00:00.000000Z"})");
}

RS_TEST(subscribed_repeats_the_filters) {
  const Json filters = RS_UNWRAP(Json::parse(R"({"status":["a"],"n":0.1})"));
  RS_EXPECT_EQ(
      subscribed_message({"LogEntry", "*"}, filters.ref()),
      R"({"type":"subscribed","events":["LogEntry","*"],"filters":{"status":["a"],"n":0.1}})");
  RS_EXPECT_EQ(subscribed_message({}, JsonRef()),
               R"({"type":"subscribed","events":[],"filters":{}})");
}

RS_TEST(short_answers_read_as_documented) {
  RS_EXPECT_EQ(unsubscribed_message({"LogEntry"}),
               R"({"type":"unsubscribed","events":["LogEntry"]})");
  RS_EXPECT_EQ(pong_message(3ms), R"({"type":"pong","lag_ms":3})");
  RS_EXPECT_EQ(auth_expiring_message(60s), R"({"type":"auth_expiring","expires_in":60})");
  RS_EXPECT_EQ(replay_end_message(false, 7),
               R"({"type":"replay_end","recovered":false,"missed":7})");
  RS_EXPECT_EQ(replay_end_message(false, std::nullopt),
               R"({"type":"replay_end","recovered":false,"missed":null})");
  RS_EXPECT_EQ(
      replay_end_message(true, 0, {"5f3a9c1e:7", "5f3a9c1e:3"}),
      R"({"type":"replay_end","recovered":true,"missed":0,"cuts":["5f3a9c1e:7","5f3a9c1e:3"]})");
  RS_EXPECT_EQ(
      gap_message("lapped", 3, "5f3a9c1e:1", "5f3a9c1e:3"),
      R"({"type":"gap","reason":"lapped","missed":3,"from":"5f3a9c1e:1","to":"5f3a9c1e:3"})");
}

RS_TEST(error_carries_what_it_has) {
  RS_EXPECT_EQ(
      error_message({"forbidden", "LogEntry is not for you", "subscribe", "LogEntry", {}}),
      R"({"type":"error","code":"forbidden","message":"LogEntry is not for you","request":"subscribe","event":"LogEntry"})");
  RS_EXPECT_EQ(
      error_message({"rate_limited", "too many messages", "", "", 250ms}),
      R"({"type":"error","code":"rate_limited","message":"too many messages","retry_after_ms":250})");
}

RS_TEST(debug_answer_ends_with_the_extra_members) {
  Json extra = Json::object();
  extra.set("cursor", "5f3a9c1e:7").set("behind", 2);
  RS_EXPECT_EQ(debug_message("inspect", true, extra),
               R"({"type":"debug","action":"inspect","ok":true,"cursor":"5f3a9c1e:7","behind":2})");
  RS_EXPECT_EQ(debug_message("pause", false, Json()),
               R"({"type":"debug","action":"pause","ok":false})");
  RS_EXPECT_EQ(debug_message("pause", true, Json::object()),
               R"({"type":"debug","action":"pause","ok":true})");
}

RS_TEST(what_came_from_outside_cannot_make_an_invalid_frame) {
  const std::string text = error_message({"x", "quote\" back\\ \x01 \xFF end", "r\n", "e\xFF", {}});
  RS_EXPECT(is_valid_utf8(text));
  RS_EXPECT_OK(Json::parse(text));
}

RS_TEST(the_type_of_a_message_is_read_from_its_text) {
  RS_EXPECT_EQ(type_of_message(close_message(CloseCode::kGoingAway, "draining")), "close");
  RS_EXPECT_EQ(type_of_message(replay_end_message(true, 0)), "replay_end");
  RS_EXPECT_EQ(type_of_message(R"({"event_type":"x"})"), "");
  RS_EXPECT_EQ(type_of_message(""), "");
}
