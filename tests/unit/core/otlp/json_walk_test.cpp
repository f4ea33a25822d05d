// Going through JSON by its structure.
#include "core/otlp/json_walk.hpp"

#include <string>
#include <vector>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::vector<std::string> members_of(std::string_view text, bool wanted = true) {
  std::vector<std::string> out;
  RS_EXPECT_EQ(JsonWalk::members(text,
                                 [&](std::string_view name, std::string_view value) {
                                   out.push_back(std::string(name) + "=" + std::string(value));
                                   return true;
                                 }),
               wanted);
  return out;
}

RS_TEST(members_are_found_with_their_values) {
  const std::vector<std::string> wanted{"a=1", R"(b="}\"]")", R"(c={"d":[{}, 2]})", "e=null"};
  RS_EXPECT_EQ(members_of(" {\"a\" : 1, \"b\":\"}\\\"]\",\n\"c\":{\"d\":[{}, 2]} ,\"e\":null } "),
               wanted);
  RS_EXPECT(members_of("{}").empty());
}

RS_TEST(elements_are_found) {
  std::vector<std::string> out;
  RS_EXPECT(JsonWalk::elements("[1, \"x\" ,[2,3],{\"a\":4}]", [&](std::string_view value) {
    out.emplace_back(value);
    return true;
  }));
  RS_EXPECT_EQ(out, (std::vector<std::string>{"1", "\"x\"", "[2,3]", "{\"a\":4}"}));
}

RS_TEST(what_is_broken_is_no_object) {
  for (const std::string_view text :
       {"", "[", "{", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{\"a\":[1}",
        "{a:1}", "{\"a\":\"x", "{} {}", "{\"a\":1 \"b\":2}", "7"}) {
    (void)members_of(text, false);
  }
}

RS_TEST(deep_nesting_is_no_recursion) {
  const std::string deep =
      "{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  RS_EXPECT_EQ(members_of(deep).size(), 1u);
}

}  // namespace
