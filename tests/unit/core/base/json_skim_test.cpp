// JsonSkim against Json::parse_by_jansson(): what the one is sure of, the other must accept and see the same
// in.
#include "core/base/json_skim.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

const std::string kEvent =
    R"({"event_type":"TaskStatusChanged","timestamp":"2026-11-23T10:00:00Z","data":{"task_id":"t-1","name":"na\u00efve",)"
    R"("status":"Running","progress":45.5,"retries":3,"parts":[{"id":"a","done":true},{"id":"b","done":false},null,-1.5e3]},)"
    R"("metadata":{"infra":"lab","note":"tab\tand \"quote\" and snö ☃ 🎪"}})";

// Without the \u escape, which a skim leaves to the parser.
std::string plain_event() {
  std::string text = kEvent;
  text.replace(text.find("\\u00ef"), 6, "ï");
  return text;
}

void expect_same(const JsonSkim& skim, const JsonSkim::Node& node, JsonRef parsed) {
  RS_EXPECT(parsed.present());
  RS_EXPECT(node.kind == parsed.kind());
  const auto nodes = skim.nodes();
  const auto index = static_cast<std::uint32_t>(&node - nodes.data());
  if (node.kind == JsonKind::kString && !node.escaped) {
    RS_EXPECT_EQ(skim.text_of(node), *parsed.as_string());
  }
  if (node.kind == JsonKind::kInteger) {
    RS_EXPECT_EQ(std::stoll(std::string(skim.text_of(node))), *parsed.as_integer());
  }
  std::size_t n_inside = 0;
  for (std::uint32_t i = index + 1; i < node.next; i = nodes[i].next) {
    expect_same(skim, nodes[i],
                node.kind == JsonKind::kObject ? parsed[skim.name_of(nodes[i])] : parsed[n_inside]);
    ++n_inside;
  }
  RS_EXPECT_EQ(n_inside, parsed.size());
}

bool is_sure(std::string_view text, JsonLimits limits = {}) {
  JsonSkim skim;
  return skim.read(text, limits);
}

}  // namespace

RS_TEST(sees_what_the_parser_sees) {
  const std::string text = plain_event();
  JsonSkim skim;
  RS_EXPECT(skim.read(text));
  const auto parsed = Json::parse_by_jansson(text);
  RS_EXPECT(parsed.has_value());
  expect_same(skim, skim.root(), parsed->ref());
}

RS_TEST(finds_members_by_name) {
  const std::string text = plain_event();
  JsonSkim skim;
  RS_EXPECT(skim.read(text));
  const auto* data = skim.member(&skim.root(), "data");
  RS_EXPECT(data != nullptr);
  const auto* status = skim.member(data, "status");
  RS_EXPECT(status != nullptr);
  RS_EXPECT_EQ(skim.text_of(*status), std::string_view("Running"));
  RS_EXPECT_EQ(skim.name_of(*status), std::string_view("status"));
  RS_EXPECT(skim.member(data, "infra") == nullptr);
  RS_EXPECT(skim.member(status, "infra") == nullptr);
  RS_EXPECT(skim.member(nullptr, "infra") == nullptr);
}

RS_TEST(is_not_sure_of_what_is_wrong) {
  for (const std::string_view text : {"",
                                      "{",
                                      "}",
                                      "[1]",
                                      "1",
                                      "null",
                                      "{}x",
                                      "{} {}",
                                      "{\"a\":1,}",
                                      "{,\"a\":1}",
                                      "{\"a\" 1}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "{\"a\":01}",
                                      "{\"a\":1.}",
                                      "{\"a\":.5}",
                                      "{\"a\":-}",
                                      "{\"a\":+1}",
                                      "{\"a\":1e}",
                                      "{\"a\":tru}",
                                      "{\"a\":True}",
                                      "{\"a\":[1,]}",
                                      "{\"a\":[1 2]}",
                                      "{\"a\":[1}",
                                      "{\"a\":\"x}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":\"\\\"}",
                                      "{\"a\":\"line\nfeed\"}",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":{\"b\":1,\"c\":2,\"b\":3}}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\xc3\"}",
                                      "{\"a\":\"\xc0\x80\"}",
                                      "{\"a\":\"\xe0\x80\x80\"}",
                                      "{\"a\":\"\xed\xa0\x80\"}",
                                      "{\"a\":\"\xf4\x90\x80\x80\"}",
                                      "{\"\xff\":1}",
                                      "\xef\xbb\xbf{}"}) {
    RS_EXPECT(!is_sure(text));
  }
  RS_EXPECT(!is_sure(std::string_view("{\"a\":\"\0\"}", 9)));
}

RS_TEST(leaves_what_is_rare_to_the_parser) {
  for (const std::string_view text :
       {"{\"\\n\":1}", "{\"a\":1234567890123456789}", "{\"a\":1e300}"}) {
    RS_EXPECT(!is_sure(text));
    RS_EXPECT(Json::parse_by_jansson(text).has_value());
  }
}

RS_TEST(escaped_characters_are_read_and_unpaired_surrogates_are_not) {
  RS_EXPECT(is_sure(R"({"a":"\u0041\u00e4\u20AC \ud83d\ude00 \\u12"})"));
  for (const std::string_view text :
       {R"({"a":"\ud83d"})", R"({"a":"\ud83d x"})", R"({"a":"\ude00"})", R"({"a":"\ud83d\u0041"})",
        R"({"a":"\u12"})", R"({"a":"\u12g4"})", R"({"a":"\u)"}) {
    RS_EXPECT(!is_sure(text));
  }
}

RS_TEST(same_names_in_different_objects_are_no_duplicates) {
  RS_EXPECT(is_sure(R"({"a":{"a":{"a":1}},"b":{"a":1},"c":[{"a":1},{"a":2}]})"));
}

RS_TEST(holds_the_limit_of_depth) {
  const std::string three = R"({"a":[{"b":1}]})";
  RS_EXPECT(is_sure(three, JsonLimits{3}));
  RS_EXPECT(!is_sure(three, JsonLimits{2}));
  std::string deep(200, '[');
  RS_EXPECT(!is_sure("{\"a\":" + deep, JsonLimits{1000}));
}

RS_TEST(whitespace_may_stand_wherever_json_allows_it) {
  const std::string text = " \t\r\n{ \"a\" : [ 1 , \"x\" ] , \"b\" : { } , \"c\" : [ ] } \n";
  JsonSkim skim;
  RS_EXPECT(skim.read(text));
  expect_same(skim, skim.root(), Json::parse_by_jansson(text)->ref());
}

// Damages a good text in every way that chance thinks of, and holds each result against the parser.
RS_TEST(never_is_sure_of_what_the_parser_refuses) {
  std::mt19937_64 random(ringside::test::seed());
  const std::string good = plain_event();
  constexpr std::string_view kBytes =
      "{}[]\",:\\0123456789.-+eEtruefalsn \n\x01\x7f\x80\xbf\xc3\xa4\xe2\x82\xac\xed\xf0\x9f\xff";
  JsonSkim skim;
  std::size_t n_sure = 0;
  for (int i = 0; i < 60000; ++i) {
    std::string text = good;
    for (std::uint64_t n = random() % 4; n != 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = kBytes[random() % kBytes.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 3);
          break;
        case 2:
          text.insert(at, 1, kBytes[random() % kBytes.size()]);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
      }
    }
    if (skim.read(text)) {
      ++n_sure;
      const auto parsed = Json::parse_by_jansson(text);
      RS_EXPECT(parsed.has_value());
      expect_same(skim, skim.root(), parsed->ref());
    }
  }
  RS_EXPECT(n_sure > 15000);  // a quarter is undamaged
}
