#include "core/base/json.hpp"
#include "core/base/json_number.hpp"

#include <limits>

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(numbers_come_out_as_short_as_they_went_in) {
  for (const char* text : {"0.1", "45.5", "1e+22", "-3", "9223372036854775807", "2.0", "1e-07"}) {
    RS_EXPECT_EQ(RS_UNWRAP(Json::parse(text)).dump(), text);
  }
}

RS_TEST(members_keep_their_order_and_strings_their_text) {
  const char* text = R"({"z":"a\"\\\n\u0001é","a":[true,false,null,{}]})";
  RS_EXPECT_EQ(RS_UNWRAP(Json::parse(text)).dump(), text);
}

RS_TEST(what_is_not_json_says_why_and_where) {
  for (const char* text :
       {"", "{", R"({"a":1,})", R"({"a":1} x)", R"({"a":1,"a":2})", "\"\xff\""}) {
    const auto parsed = Json::parse(text);
    RS_EXPECT(!parsed.has_value());
    RS_EXPECT(!parsed.error().message.empty());
  }
  RS_EXPECT_EQ(Json::parse(R"({"a":x})").error().offset, 6U);
}

RS_TEST(depth_is_limited_before_anything_recurses) {
  const std::string deep(100'000, '[');
  const auto parsed = Json::parse(deep);
  RS_EXPECT(!parsed.has_value());
  RS_EXPECT_CONTAINS(parsed.error().message, "32");
  RS_EXPECT_OK(Json::parse("[[\"[[[[[[[[[[\"]]", JsonLimits{2}));
}

RS_TEST(an_absent_value_answers_no_to_everything) {
  const Json json = RS_UNWRAP(Json::parse(R"({"a":{"b":[1,"x"]}})"));
  RS_EXPECT(!json["nope"]["deeper"][std::size_t{3}].present());
  RS_EXPECT(!json["a"].as_string().has_value());
  RS_EXPECT_EQ(json.ref().at_path("a.b.1").as_string().value_or(""), "x");
  RS_EXPECT(!json.ref().at_path("a.b.7").present());
}

RS_TEST(building_and_changing_in_place) {
  Json json = Json::object();
  json.set("text", "x\xff").set("n", 3).set("r", 0.5).set("flag", true);
  json.set("list", Json::array().append("a").deep_copy());
  RS_EXPECT_EQ(json.dump(),
               "{\"text\":\"x\xEF\xBF\xBD\",\"n\":3,\"r\":0.5,\"flag\":true,\"list\":[\"a\"]}");
  RS_EXPECT(json["list"].set_element(0, "b"));
  RS_EXPECT(json.ref().remove_member("text"));
  RS_EXPECT(!json.ref().remove_member("text"));
  RS_EXPECT_EQ(json["list"].dump(), R"(["b"])");
}

RS_TEST(a_copy_is_deep) {
  Json original = RS_UNWRAP(Json::parse(R"({"a":{"b":1}})"));
  Json copy = original.deep_copy();
  RS_EXPECT(copy["a"].set_member("b", "changed"));
  RS_EXPECT_EQ(original.dump(), R"({"a":{"b":1}})");
}

RS_TEST(what_is_not_finite_becomes_null) {
  RS_EXPECT_EQ(Json::number(std::numeric_limits<double>::infinity()).dump(), "null");
}

RS_TEST(a_text_that_begins_like_a_number_that_is_kept_stays_a_text) {
  const std::string forged = number_mark() + "1.5,\"x\":1";
  const std::string dumped = Json::object().set("a", forged).dump();
  const Json parsed = RS_UNWRAP(Json::parse(dumped));
  RS_EXPECT_EQ(parsed["a"].as_string().value_or(""), forged);
}
