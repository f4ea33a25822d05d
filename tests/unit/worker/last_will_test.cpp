// What may be a last will.
#include "worker/last_will.hpp"

#include <fmt/format.h>

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(a_will_that_is_refused_leaves_the_one_before) {
  std::string nine;
  for (int i = 0; i < 9; ++i) {
    nine += fmt::format("{}{{\"event_type\":\"N\",\"data\":{{}}}}", i == 0 ? "" : ",");
  }
  const std::pair<std::string, std::string_view> kinds[] = {
      {R"({"type":"will"})", "must be a list"},
      {R"({"type":"will","events":{}})", "must be a list"},
      {R"({"type":"will","events":[{"data":{}}]})", "must have an event_type"},
      {R"({"type":"will","events":[7]})", "must have an event_type"},
      {R"({"type":"will","events":[)" + nine + "]}", "at most 8 events"},
      {R"({"type":"will","events":[]})" + std::string(5000, ' '), "longer than 4096 bytes"},
  };
  LastWill will;
  Rejection why;
  RS_EXPECT(will.take(R"({"type":"will","events":[{"event_type":"Gone","data":{}}]})", why) ==
            LastWill::Outcome::kTaken);
  for (const auto& [line, wanted] : kinds) {
    RS_EXPECT(LastWill::may_be(line));
    RS_EXPECT(will.take(line, why) == LastWill::Outcome::kRefused);
    RS_EXPECT_CONTAINS(why.message, wanted);
  }
  RS_EXPECT_EQ(will.execute().size(), 1u);
  RS_EXPECT(will.execute().empty());
}

// Many libraries sort members by name.
RS_TEST(a_will_is_known_however_it_is_written) {
  for (const std::string_view line :
       {R"({"type":"will","events":[]})", R"({ "type" : "will", "events": [] })",
        R"({"events":[],"type":"will"})"}) {
    LastWill will;
    Rejection why;
    RS_EXPECT(will.take(R"({"type":"will","events":[{"event_type":"Gone","data":{}}]})", why) ==
              LastWill::Outcome::kTaken);
    RS_EXPECT(LastWill::may_be(line));
    RS_EXPECT(will.take(line, why) == LastWill::Outcome::kTaken);
    RS_EXPECT(will.execute().empty());
  }
}

RS_TEST(an_event_is_no_will) {
  LastWill will;
  Rejection why;
  for (const std::string_view line :
       {R"({"data":{"type":"will"},"event_type":"Any"})",
        R"({"type":"will","event_type":"Any","data":{}})", R"({"type":"will","events":[)"}) {
    RS_EXPECT(will.take(line, why) == LastWill::Outcome::kNoWill);
  }
  RS_EXPECT(!LastWill::may_be(R"({"event_type":"will","data":{"type":"will"}})"));
  RS_EXPECT(!LastWill::may_be(R"({"type":"hello","ack":true})"));
}
