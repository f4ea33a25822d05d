#include "core/policy/filter_search.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

constexpr SearchPatterns::Limits kLimits{16, 2000, 256U << 10U};

bool finds(std::initializer_list<const char*> expressions, const std::string& text) {
  SearchPatterns patterns;
  for (const char* expression : expressions) {
    RS_EXPECT_OK(patterns.add_regex(expression, kLimits));
  }
  RS_EXPECT_OK(patterns.compile(kLimits));
  Json value = Json::object();
  value.set("text", text);
  return patterns.occur_in(value.ref());
}

}  // namespace

RS_TEST(alternatives_do_not_leak_into_each_other) {
  RS_EXPECT(finds({"a|b", "c$"}, "xbx"));
  RS_EXPECT(finds({"a|b", "c$"}, "xc"));
  RS_EXPECT(!finds({"a|b", "c$"}, "xcx"));
  RS_EXPECT(finds({"(?-i)A", "b"}, "B"));
  RS_EXPECT(!finds({"(?-i)A", "b"}, "a"));
}

RS_TEST(an_open_quotation_ends_with_its_expression) {
  RS_EXPECT(finds({R"(\Qa.c)", "zz"}, "xa.cx"));
  RS_EXPECT(!finds({R"(\Qa.c)", "zz"}, "abc"));
  RS_EXPECT(finds({R"(\Qa.c)", "zz"}, "zz"));
  RS_EXPECT(finds({R"(\Qa.\E.)", "zz"}, "a.c"));
  RS_EXPECT(finds({R"(\\Q)", "zz"}, R"(\q)"));
  RS_EXPECT(finds({R"(\\Q)", "zz"}, "zz"));
}

RS_TEST(substrings_and_expressions_are_one_automaton) {
  SearchPatterns patterns;
  patterns.add_substring("disk (full)");
  RS_EXPECT_OK(patterns.add_regex("err[0-9]+", kLimits));
  RS_EXPECT_OK(patterns.compile(kLimits));
  for (const char* text : {"Disk (FULL)!", "ERR42"}) {
    Json value = Json::array();
    value.append(text);
    RS_EXPECT(patterns.occur_in(value.ref()));
  }
  RS_EXPECT_EQ(patterns.keys().size(), 2U);
  RS_EXPECT(patterns.n_bytes() >= 64U << 10U);
}

RS_TEST(more_than_the_limits_allow_is_refused) {
  SearchPatterns many;
  for (int n = 0; n < 16; ++n) {
    RS_EXPECT_OK(many.add_regex("x" + std::to_string(n), kLimits));
  }
  RS_EXPECT_CONTAINS(many.add_regex("y", kLimits).error().message, "more than 16");
  SearchPatterns large;
  for (int n = 0; n < 16; ++n) {
    RS_EXPECT_OK(large.add_regex(std::to_string(n) + "[0-7][0-9a-f]{150}[x-z]", kLimits));
  }
  RS_EXPECT_CONTAINS(large.compile(kLimits).error().message, "at most 2000");
}

RS_TEST(keys_ignore_the_case_of_ascii_letters_only) {
  const auto key = [](const char* text) {
    SearchPatterns patterns;
    patterns.add_substring(text);
    return patterns.keys().at(0);
  };
  RS_EXPECT_EQ(key("AZaz09 @[`{"), R"(text"azaz09 @[`{")");
  RS_EXPECT_EQ(key("\xC3\x84"), "text\"\xC3\x84\"");
}

RS_TEST(the_end_of_a_quotation_is_found_behind_backslashes) {
  RS_EXPECT(finds({R"(\Qa\Eb\Qc)", "zz"}, "abc"));
  RS_EXPECT(finds({R"(\Qa\Eb\Qc)", "zz"}, "zz"));
  RS_EXPECT(finds({R"(\Qa\\E)", "zz"}, R"(a\)"));  // \Q a \ \E: ends with the quotation
  RS_EXPECT(finds({R"(\Qa\\E)", "zz"}, "zz"));
  RS_EXPECT(finds({R"(\Q\E\Q)", "zz"}, "zz"));
  RS_EXPECT(finds({R"(x\\\Qa.c)", "zz"}, R"(x\a.c)"));
  RS_EXPECT(finds({R"(x\\\Qa.c)", "zz"}, "zz"));
  RS_EXPECT(finds({R"(\d\Qa)", "zz"}, "7a"));
}

RS_TEST(a_text_is_found_in_any_element_and_member) {
  SearchPatterns patterns;
  patterns.add_substring("needle");
  RS_EXPECT_OK(patterns.compile(kLimits));
  const auto finds_in = [&](const char* json) {
    const Json parsed = RS_UNWRAP(Json::parse(json));
    return patterns.occur_in(parsed.ref());
  };
  RS_EXPECT(finds_in(R"(["needle","x"])"));
  RS_EXPECT(finds_in(R"(["x","needle"])"));
  RS_EXPECT(finds_in(R"(["x",["needle"],"y"])"));
  RS_EXPECT(finds_in(R"({"a":"needle","b":"x"})"));
  RS_EXPECT(finds_in(R"({"a":"x","b":{"c":["needle",1]}})"));
  RS_EXPECT(!finds_in(R"({"needle":["x",1,true,null]})"));
}

RS_TEST(bytes_are_those_of_the_automaton_and_of_its_text) {
  SearchPatterns small;
  small.add_substring("x");
  RS_EXPECT_OK(small.compile(kLimits));
  RS_EXPECT_EQ(small.n_bytes(), (64U << 10U) + 1);
  SearchPatterns large;
  RS_EXPECT_OK(large.add_regex("[a-z]{300}", kLimits));
  RS_EXPECT_OK(large.compile(kLimits));
  RS_EXPECT_GE(large.n_bytes(), 256U << 10U);
}
