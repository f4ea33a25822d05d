// Events in bodies of every form, cut at every place.
#include "worker/ingest/event_splitter.hpp"

#include <vector>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

struct Split {
  std::vector<std::string> events;
  std::size_t n_too_long = 0;
  bool is_whole = true;
  std::string error;
};

Split split_in_pieces(BodyForm form, std::string_view body, std::size_t n_piece,
                      std::size_t max = 1000) {
  Split out;
  EventSplitter splitter(
      form, max,
      {[&](std::string_view event) { out.events.emplace_back(event); }, [&] { ++out.n_too_long; }});
  while (!body.empty() && out.is_whole) {
    out.is_whole = splitter.feed(body.substr(0, n_piece));
    body.remove_prefix(std::min(n_piece, body.size()));
  }
  out.is_whole = out.is_whole && splitter.finish();
  out.error = splitter.error();
  return out;
}

// The same for every cut.
Split split_all_ways(BodyForm form, std::string_view body, std::size_t max = 1000) {
  const Split whole = split_in_pieces(form, body, body.size() + 1, max);
  for (std::size_t n = 1; n <= std::min<std::size_t>(body.size(), 40); ++n) {
    const Split pieces = split_in_pieces(form, body, n, max);
    RS_EXPECT_EQ(pieces.events, whole.events);
    RS_EXPECT_EQ(pieces.n_too_long, whole.n_too_long);
    RS_EXPECT_EQ(pieces.is_whole, whole.is_whole);
    RS_EXPECT_EQ(pieces.error, whole.error);
  }
  return whole;
}

using Events = std::vector<std::string>;

RS_TEST(one_value_is_one_event) {
  const Events wanted{R"({"a":"}{][\"","b":[1,{}]})"};
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, wanted[0]).events, wanted);
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "\xef\xbb\xbf \r\n" + wanted[0] + "\n").events,
               wanted);
}

RS_TEST(a_value_over_several_lines_is_one_event) {
  const Events wanted{"{\n  \"a\": 1,\n  \"b\": {\n  }\n}"};
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, wanted[0] + "\n").events, wanted);
}

RS_TEST(elements_of_an_array_are_events) {
  const Events wanted{R"({"a":[1,2]})", R"({"b":"],"})", "3", "\"x\"", "null"};
  RS_EXPECT_EQ(
      split_all_ways(BodyForm::kJson, "[ {\"a\":[1,2]},\n{\"b\":\"],\"} , 3,\"x\" ,null]\n").events,
      wanted);
  RS_EXPECT_EQ(split_all_ways(BodyForm::kLines, "[{}]").events, Events{"{}"});
  RS_EXPECT(split_all_ways(BodyForm::kJson, "[]").events.empty());
  RS_EXPECT(split_all_ways(BodyForm::kJson, "[]").is_whole);
}

RS_TEST(lines_are_events_and_a_broken_one_does_no_harm) {
  const Events wanted{R"({"a":1})", R"({"b":)", R"({"c":"open)", R"({"d":4})"};
  const std::string body = "{\"a\":1}\n{\"b\":\r\n\n  \n{\"c\":\"open\n{\"d\":4}";
  RS_EXPECT_EQ(split_all_ways(BodyForm::kLines, body).events, wanted);
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, body).events, wanted);  // whatever it was called
}

RS_TEST(a_first_line_with_an_open_string_ends_at_its_end) {
  const Events wanted{R"({"c":"open)", R"({"d":4})"};
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "{\"c\":\"open\n{\"d\":4}\n").events, wanted);
}

RS_TEST(values_after_one_another_are_events) {
  const Events wanted{"{\n}", "{\"a\":1}", "{}"};
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "{\n} {\"a\":1}{}").events, wanted);
}

RS_TEST(what_is_no_json_is_handed_on_to_be_refused) {
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "hello").events, Events{"hello"});
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "}").events, Events{"}"});
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "{\"a\":").events, Events{"{\"a\":"});
}

RS_TEST(an_array_that_is_broken_says_where) {
  for (const std::string_view body :
       {"[{}", "[{} {}]", "[,{}]", "[{},,{}]", "[{}] x", "[{\"a\":\"", "[", "[{}}]"}) {
    const Split split = split_all_ways(BodyForm::kJson, body);
    RS_EXPECT(!split.is_whole);
    RS_EXPECT_CONTAINS(split.error, "byte ");
  }
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "[{},{} {}]").events, (Events{"{}", "{}"}));
}

RS_TEST(an_event_that_is_too_long_is_reported_once_and_the_next_is_read) {
  const std::string large = "{\"a\":\"" + std::string(3000, 'x') + "\"}";
  for (const std::string& body : {"[" + large + ",{}]", large + "\n{}", large + " {}"}) {
    const Split split = split_all_ways(BodyForm::kJson, body);
    RS_EXPECT_EQ(split.events, Events{"{}"});
    RS_EXPECT_EQ(split.n_too_long, 1u);
  }
  const Split lines = split_all_ways(BodyForm::kLines, large + "\n{}\n");
  RS_EXPECT_EQ(lines.events, Events{"{}"});
  RS_EXPECT_EQ(lines.n_too_long, 1u);
}

RS_TEST(an_event_of_exactly_the_limit_is_not_too_long) {
  const std::string event = "{\"a\":\"" + std::string(1000 - 8, 'x') + "\"}";
  RS_EXPECT_EQ(event.size(), 1000u);
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, "[" + event + "]").events, Events{event});
  RS_EXPECT_EQ(split_all_ways(BodyForm::kJson, event + " ").events, Events{event});
}

}  // namespace
