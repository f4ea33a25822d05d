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
