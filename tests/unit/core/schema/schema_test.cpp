// JSON Schema, compiled: each keyword, by both views of an event.
#include "core/schema/schema.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::unique_ptr<Schema> compile(std::string_view text) {
  const Json document = RS_UNWRAP(Json::parse(text));
  return RS_UNWRAP(Schema::make(document.ref()));
}

// "member: message" of the first violation, or "".
std::string verdict(const Schema& schema, std::string_view event) {
  const Json value = RS_UNWRAP(Json::parse(event));
  const auto violation = schema.check(value.ref());
  JsonSkim skim;
  if (skim.read(event)) {
    RS_EXPECT(!(schema.accepts(skim) && violation));  // the quick yes is never wrong
  }
  return violation ? violation->member + ": " + violation->message : "";
}
std::string verdict(std::string_view schema, std::string_view event) {
  return verdict(*compile(schema), event);
}

RS_TEST(types_are_told_in_words) {
  const std::string_view schema =
      R"({"properties":{"s":{"type":"string"},"n":{"type":["number","null"]},"i":{"type":"integer"}}})";
  RS_EXPECT_EQ(verdict(schema, R"({"s":"x","n":1.5,"i":3})"), "");
  RS_EXPECT_EQ(verdict(schema, R"({"n":null,"i":3.0})"), "");
  RS_EXPECT_EQ(verdict(schema, R"({"s":1})"), "s: must be a string");
  RS_EXPECT_EQ(verdict(schema, R"({"n":"1"})"), "n: must be a number or null");
  RS_EXPECT_EQ(verdict(schema, R"({"i":3.5})"), "i: must be a whole number");
}

RS_TEST(paths_lead_to_the_place) {
  const std::string_view schema =
      R"({"properties":{"data":{"properties":{"list":{"items":{"required":["id"],"properties":{"id":{"type":"string"}}}}}}}})";
  RS_EXPECT_EQ(verdict(schema, R"({"data":{"list":[{"id":"a"},{"id":2}]}})"),
               "data.list[1].id: must be a string");
  RS_EXPECT_EQ(verdict(schema, R"({"data":{"list":[{}]}})"), "data.list[0].id: is missing");
}

RS_TEST(additional_members_are_open_closed_or_of_a_kind) {
  RS_EXPECT_EQ(verdict(R"({"properties":{"a":{}}})", R"({"a":1,"b":2})"), "");
  RS_EXPECT_EQ(
      verdict(R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1,"b":2})"),
      "b: is not known");
  RS_EXPECT_EQ(verdict(R"({"additionalProperties":{"type":"number"}})", R"({"a":1,"b":"2"})"),
               "b: must be a number");
  RS_EXPECT_EQ(verdict(R"({"properties":{"a":false}})", R"({"a":1})"), "a: is not allowed here");
}

RS_TEST(limits_hold_at_their_edges) {
  const std::string_view schema =
      R"({"properties":{"n":{"minimum":0,"maximum":100},"x":{"exclusiveMinimum":0,"exclusiveMaximum":1},
          "s":{"minLength":1,"maxLength":3},"l":{"minItems":1,"maxItems":2}}})";
  RS_EXPECT_EQ(verdict(schema, R"({"n":0,"x":0.5,"s":"äöü","l":[1]})"), "");
  RS_EXPECT_EQ(verdict(schema, R"({"n":100,"s":"a","l":[1,2]})"), "");
  RS_EXPECT_EQ(verdict(schema, R"({"n":-0.1})"), "n: must be at least 0");
  RS_EXPECT_EQ(verdict(schema, R"({"n":100.5})"), "n: must be at most 100");
  RS_EXPECT_EQ(verdict(schema, R"({"x":0})"), "x: must be more than 0");
  RS_EXPECT_EQ(verdict(schema, R"({"x":1})"), "x: must be less than 1");
  RS_EXPECT_EQ(verdict(schema, R"({"s":""})"), "s: must not be empty");
  RS_EXPECT_CONTAINS(verdict(schema, R"({"s":"abcd"})"), "longer than 3 characters");
  RS_EXPECT_CONTAINS(verdict(schema, R"({"l":[]})"), "at least 1 elements");
  RS_EXPECT_CONTAINS(verdict(schema, R"({"l":[1,2,3]})"), "at most 2 elements");
}

RS_TEST(enum_const_pattern_and_date_time) {
  const std::string_view schema =
      R"({"properties":{"e":{"enum":["a",1,null]},"c":{"const":"x"},"p":{"pattern":"^[a-z]+$"},"t":{"format":"date-time"}}})";
  RS_EXPECT_EQ(verdict(schema, R"({"e":"a","c":"x","p":"abc","t":"2025-09-26T10:00:00Z"})"), "");
  RS_EXPECT_EQ(verdict(schema, R"({"e":1.0})"), "");
  RS_EXPECT_EQ(verdict(schema, R"({"e":"b"})"), "e: must be one of \"a\", 1, null");
  RS_EXPECT_EQ(verdict(schema, R"({"c":"y"})"), "c: must be \"x\"");
  RS_EXPECT_EQ(verdict(schema, R"({"p":"A"})"), "p: must match ^[a-z]+$");
  RS_EXPECT_CONTAINS(verdict(schema, R"({"t":"2025-02-30T10:00:00Z"})"), "t: must be a time");
}

RS_TEST(any_of_takes_one_and_names_what_was_wanted) {
  const std::string_view schema = R"({"anyOf":[{"required":["a"]},{"required":["b"]}]})";
  RS_EXPECT_EQ(verdict(schema, R"({"b":1})"), "");
  RS_EXPECT_EQ(verdict(schema, R"({"c":1})"), ": must have a or b");
  RS_EXPECT_CONTAINS(
      verdict(R"({"properties":{"v":{"anyOf":[{"type":"string"},{"minimum":5}]}}})", R"({"v":1})"),
      "v: is not one of the values allowed");
}

RS_TEST(definitions_may_refer_to_themselves) {
  const auto schema = compile(
      R"({"properties":{"t":{"$ref":"#/$defs/tree"}},
          "$defs":{"tree":{"type":"object","properties":{"n":{"type":"number"},"kids":{"items":{"$ref":"#/$defs/tree"}}}}}})");
  RS_EXPECT_EQ(verdict(*schema, R"({"t":{"n":1,"kids":[{"n":2,"kids":[{"n":3}]}]}})"), "");
  RS_EXPECT_EQ(verdict(*schema, R"({"t":{"kids":[{"kids":[{"n":"x"}]}]}})"),
               "t.kids[0].kids[0].n: must be a number");
}

RS_TEST(what_is_not_known_is_refused_when_it_is_loaded) {
  const auto why = [](std::string_view text) {
    const Json document = RS_UNWRAP(Json::parse(text));
    const auto schema = Schema::make(document.ref());
    return schema ? std::string("taken") : schema.error().message;
  };
  RS_EXPECT_CONTAINS(why(R"({"properties":{"data":{"if":{}}}})"),
                     "properties.data.if: this keyword is not known");
  RS_EXPECT_CONTAINS(why(R"({"type":"text"})"), "type: must be");
  RS_EXPECT_CONTAINS(why(R"({"pattern":"("})"), "pattern: is not a regular expression");
  RS_EXPECT_CONTAINS(why(R"({"format":"uri"})"), "format: only");
  RS_EXPECT_CONTAINS(why(R"({"$ref":"http://x"})"), "$ref: only");
  RS_EXPECT_CONTAINS(why(R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}})"), "itself");
  RS_EXPECT_CONTAINS(why(R"({"required":"a"})"), "required: must be a list");
  RS_EXPECT_CONTAINS(why(R"({"minLength":-1})"), "minLength: must be");
  RS_EXPECT_CONTAINS(why(R"([1])"), "must be a schema");
  RS_EXPECT_EQ(why(R"({"title":"t","description":"d","examples":[1],"$comment":"c"})"), "taken");
}

RS_TEST(the_quick_look_accepts_ordinary_events) {
  const auto schema = compile(
      R"({"required":["data"],"properties":{"event_type":{"const":"T"},"timestamp":{"format":"date-time"},
          "data":{"required":["id"],"properties":{"id":{"type":"string","minLength":1},"n":{"type":"number","minimum":0}}}}})");
  JsonSkim skim;
  RS_EXPECT(skim.read(
      R"({"event_type":"T","timestamp":"2025-09-26T10:00:00Z","data":{"id":"x","n":4.5,"more":[1,{"a":2}]}})"));
  RS_EXPECT(schema->accepts(skim));
  RS_EXPECT(skim.read(R"({"event_type":"T","data":{"n":4.5}})"));
  RS_EXPECT(!schema->accepts(skim));
}

}  // namespace
