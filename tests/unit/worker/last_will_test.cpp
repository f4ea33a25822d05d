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
      {R"({"type":"will","events":[)", "not valid JSON"},
      {R"({"type":"will","events":[)" + nine + "]}", "at most 8 events"},
      {R"({"type":"will","events":[]})" + std::string(5000, ' '), "longer than 4096 bytes"},
  };
  LastWill will;
  RS_EXPECT(!will.take(R"({"type":"will","events":[{"event_type":"Gone","data":{}}]})"));
  for (const auto& [line, why] : kinds) {
    RS_EXPECT(LastWill::may_be(line));
    RS_EXPECT_CONTAINS(will.take(line).value().message, why);
  }
  RS_EXPECT_EQ(will.execute().size(), 1u);
  RS_EXPECT(will.execute().empty());
}

RS_TEST(an_event_is_no_will) {
  RS_EXPECT(!LastWill::may_be(R"({"event_type":"will","data":{"type":"will"}})"));
  RS_EXPECT(!LastWill::may_be(R"({"type":"hello","ack":true})"));
}
