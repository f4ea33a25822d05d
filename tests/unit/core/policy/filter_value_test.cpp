// One value of a filter against one member of an event.
#include "core/policy/filter_value.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

FilterValue value(const std::string& json) {
  const Json parsed = RS_UNWRAP(Json::parse(fmt::format("[{}]", json)));
  const auto made = FilterValue::from(parsed.ref()[std::size_t{0}]);
  RS_EXPECT(made.has_value());
  return *made;
}

bool equal(const std::string& filter, const std::string& member) {
  const Json event = RS_UNWRAP(Json::parse(fmt::format("[{}]", member)));
  return value(filter).equals(event.ref()[std::size_t{0}]);
}

std::string key(const std::string& filter) {
  std::string out;
  value(filter).append_key(out);
  return out;
}

}  // namespace

RS_TEST(a_string_equals_the_same_string_and_what_it_spells) {
  for (const auto& [filter, member, expected] :
       std::initializer_list<std::tuple<const char*, const char*, bool>>{
           {R"("a")", R"("a")", true},    {R"("a")", R"("A")", false},
           {R"("")", R"("")", true},      {R"("")", "0", false},
           {R"("-")", "0", false},        {R"("5")", R"("5")", true},
           {R"("5")", R"("5.0")", false}, {R"("5")", "5", true},
           {R"("5")", "5.0", true},       {R"("5.0")", "5", true},
           {R"("5.5")", "5.5", true},     {R"("5.5")", "5", false},
           {R"("1e3")", "1000", true},    {R"("0")", "0", true},
           {R"("9")", "9", true},         {R"("-9")", "-9", true},
           {R"("-9")", "9", false},       {R"("+5")", "5", false},
           {R"(".5")", "0.5", false},     {R"("/5")", "5", false},
           {R"(":5")", "5", false},       {R"("5 ")", "5", false},
           {R"("5x")", "5", false},       {R"("5.5x")", "5.5", false},
           {R"("inf")", "1e308", false},  {R"("1e999")", "0", false},
           {R"("1e-999")", "0", false},   {R"("true")", "true", true},
           {R"("true")", "false", false}, {R"("false")", "false", true},
           {R"("false")", "true", false}, {R"("True")", "true", false},
           {R"("x")", "true", false},     {R"("x")", "false", false},
           {R"("x")", "null", false}}) {
    if (equal(filter, member) != expected) {
      RS_FAIL(std::string(filter) + " against " + member);
    }
  }
}

RS_TEST(numbers_and_booleans_equal_by_value_and_no_string) {
  RS_EXPECT(equal("5", "5"));
  RS_EXPECT(equal("5", "5.0"));
  RS_EXPECT(equal("5.5", "5.5"));
  RS_EXPECT(!equal("5", "6"));
  RS_EXPECT(!equal("5.5", "5"));
  RS_EXPECT(!equal("5", R"("5")"));
  RS_EXPECT(equal("true", "true"));
  RS_EXPECT(!equal("true", "false"));
  RS_EXPECT(!equal("false", "0"));
  RS_EXPECT(!equal("0", "false"));
  RS_EXPECT(!equal("true", R"("true")"));
  RS_EXPECT(!equal("1", "null"));
}

RS_TEST(large_integers_are_compared_exactly) {
  for (const bool quoted : {false, true}) {
    const auto as = [&](const char* number) {
      return quoted ? fmt::format("\"{}\"", number) : std::string(number);
    };
    RS_EXPECT(equal(as("9007199254740993"), "9007199254740993"));
    RS_EXPECT(!equal(as("9007199254740993"), "9007199254740992"));
    // A real is an integer up to 2^53, and beyond is compared as a real.
    RS_EXPECT(equal(as("9007199254740992.0"), "9007199254740992"));
    RS_EXPECT(!equal(as("9007199254740992.0"), "9007199254740993"));
    RS_EXPECT(equal(as("9007199254740996.0"), "9007199254740995"));
    RS_EXPECT(!equal(as("9007199254740991.0"), "9007199254740992"));
  }
  RS_EXPECT(!equal("9007199254740993", "9007199254740992.0"));
  RS_EXPECT(equal("9007199254740995", "9007199254740996.0"));
}

RS_TEST(an_array_equals_when_one_element_does) {
  RS_EXPECT(equal(R"("b")", R"(["a","b"])"));
  RS_EXPECT(equal("2", "[1,2]"));
  RS_EXPECT(equal("1", "[1,2]"));
  RS_EXPECT(!equal("3", "[1,2]"));
  RS_EXPECT(!equal("0", "[]"));
  RS_EXPECT(!equal("1", "[[1]]"));
  RS_EXPECT(!equal("1", R"({"a":1})"));
}

RS_TEST(keys_tell_values_from_each_other) {
  RS_EXPECT_EQ(key(R"("a\"b")"), R"("a\"b")");
  RS_EXPECT_EQ(key("5"), "5");
  RS_EXPECT_EQ(key("5.0"), "5");
  RS_EXPECT_EQ(key("5.5"), "5.5");
  RS_EXPECT_EQ(key("-7"), "-7");
  RS_EXPECT_EQ(key("true"), "true");
  RS_EXPECT_EQ(key("false"), "false");
  RS_EXPECT_EQ(key(R"("5")"), R"("5")");
  RS_EXPECT_EQ(key(R"("true")"), R"("true")");
}

RS_TEST(only_strings_numbers_and_booleans_are_values) {
  for (const char* json : {"null", "{}", "[]", "[1]"}) {
    const Json parsed = RS_UNWRAP(Json::parse(fmt::format("[{}]", json)));
    RS_EXPECT(!FilterValue::from(parsed.ref()[std::size_t{0}]).has_value());
  }
}

RS_TEST(the_bytes_of_a_text_count) {
  RS_EXPECT_EQ(value("5").n_bytes(), sizeof(FilterValue));
  const std::string text(1000, 'x');
  RS_EXPECT_GE(value('"' + text + '"').n_bytes(), sizeof(FilterValue) + text.size());
}
