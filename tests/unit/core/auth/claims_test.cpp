// Claims: rows and roles. What is wrong with the others, signature included, is in token_test.cpp.
#include "core/auth/claims.hpp"

#include <fmt/format.h>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

struct Read {
  std::optional<Claims> claims;
  std::string why;
};

Read read(std::string_view text, const TokenRules& rules = {}) {
  const Json json = RS_UNWRAP(Json::parse(text));
  Read out;
  out.claims = read_claims(json.ref(), rules, out.why);
  return out;
}

Identity who_is(std::string_view text, const TokenRules& rules = {}) {
  const Read out = read(text, rules);
  if (!out.claims) {
    RS_FAIL(out.why);
  }
  return out.claims->identity;
}

}  // namespace

RS_TEST(the_claim_filter_is_compiled) {
  const Identity who = who_is(R"({"sub":"alice","filter":{"metadata.team":["web","ops"]}})");
  RS_EXPECT(who.filter != nullptr);
  RS_EXPECT_EQ(who.filter->paths(), (std::vector<std::string>{"metadata.team"}));
  RS_EXPECT(who_is(R"({"sub":"alice"})").filter == nullptr);
  RS_EXPECT(who_is(R"({"sub":"alice","filter":null})").filter == nullptr);
}

RS_TEST(a_claim_filter_that_cannot_be_used_refuses_the_token_and_says_why) {
  struct {
    const char* filter;
    const char* why;
  } const cases[] = {{"7", "must be an object"},
                     {"\"x\"", "must be an object"},
                     {"[]", "must be an object"},
                     {R"({"search":{"regex":"("}})", "filters.search.regex"},
                     {R"({"min_level":"LOUD"})", "filters.min_level"},
                     {R"({"a":{"b":1}})", "filters.a"},
                     {R"({"since":"2025-01-01T00:00:00Z"})", "since"}};
  for (const auto& wrong : cases) {
    const Read out = read(fmt::format(R"({{"sub":"alice","filter":{}}})", wrong.filter));
    RS_EXPECT(!out.claims);
    RS_EXPECT_CONTAINS(out.why, "the claim filter");
    RS_EXPECT_CONTAINS(out.why, wrong.why);
  }
}

RS_TEST(a_claim_filter_has_the_limits_of_a_clients_filter) {
  TokenRules rules;
  rules.filter_limits.max_bytes = 100;
  RS_EXPECT_CONTAINS(read(R"({"sub":"alice","filter":{"a":"b"}})", rules).why, "memory");
}

RS_TEST(values_of_the_role_claim_are_mapped_to_roles) {
  TokenRules rules;
  rules.role_claim = "groups";
  rules.role_map = RS_UNWRAP(RoleMap::make({"/ops=admin", "/web=developer|team-web"}));
  RS_EXPECT_EQ(who_is(R"({"sub":"a","groups":["/web","admin"]})", rules).roles,
               (std::vector<std::string>{"developer", "team-web"}));
}

RS_TEST(an_audience_is_named_by_a_string_or_by_one_of_an_array) {
  const Json json = RS_UNWRAP(Json::parse(R"({"one":"x","many":["y","x"],"none":7})"));
  RS_EXPECT(names_audience(json["one"], "x"));
  RS_EXPECT(names_audience(json["many"], "x"));
  RS_EXPECT(!names_audience(json["many"], "z"));
  RS_EXPECT(!names_audience(json["none"], "7"));
}
