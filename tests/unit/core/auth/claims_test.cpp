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

RS_TEST(roles_are_at_most_100_in_every_form) {
  TokenRules rules;
  rules.role_claim = "groups";
  const auto n_roles = [&](const std::string& groups) {
    const Read out = read(fmt::format(R"({{"sub":"a","groups":{}}})", groups), rules);
    return out.claims ? out.claims->identity.roles.size() : 0;
  };
  const auto list = [](std::size_t n, const char* format) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) {
      out += (i == 0 ? "" : ",") + fmt::format(fmt::runtime(format), i);
    }
    return out;
  };
  const auto words = [](std::size_t n) {
    std::string out = "\"";
    for (std::size_t i = 0; i < n; ++i) {
      out += fmt::format("r{} ", i);
    }
    return out + '"';
  };
  RS_EXPECT_EQ(n_roles("[" + list(100, "\"r{}\"") + "]"), 100U);
  RS_EXPECT_EQ(n_roles("[" + list(101, "\"r{}\"") + "]"), 0U);
  RS_EXPECT_EQ(n_roles("{" + list(100, "\"r{}\":1") + "}"), 100U);
  RS_EXPECT_EQ(n_roles("{" + list(101, "\"r{}\":1") + "}"), 0U);
  RS_EXPECT_EQ(n_roles(words(100)), 100U);
  RS_EXPECT_EQ(n_roles(words(101)), 0U);
}

RS_TEST(the_claim_role_is_one_name_and_other_claims_are_words_or_members) {
  const auto roles = [](const char* claim, const char* value) {
    TokenRules rules;
    rules.role_claim = claim;
    const Read out = read(fmt::format(R"({{"sub":"a","{}":{}}})", claim, value), rules);
    return out.claims ? fmt::format("{}", fmt::join(out.claims->identity.roles, "|")) : "refused";
  };
  RS_EXPECT_EQ(roles("role", R"("a b")"), "a b");
  RS_EXPECT_EQ(roles("scope", R"(" a  b ")"), "a|b");
  RS_EXPECT_EQ(roles("role", R"({"x":1})"), "refused");
  RS_EXPECT_EQ(roles("groups", R"({"x":1,"y":{}})"), "x|y");
  RS_EXPECT_EQ(roles("groups", "[]"), "");
  RS_EXPECT_EQ(roles("groups", "7"), "refused");
}

RS_TEST(the_role_claim_is_a_member_a_pointer_or_a_dotted_path) {
  const auto roles = [](const char* path) {
    TokenRules rules;
    rules.role_claim = path;
    const Identity who = who_is(
        R"({"sub":"u","a":{"b":["1"],"c/d":["2"],"e~f":["3"],"~x":["4"],"~":["5"]},"/g":["6"],"h.i":["7"],
            "h":{"i":["8"]},"j/":{"k":["9"]}})",
        rules);
    return fmt::format("{}", fmt::join(who.roles, "|"));
  };
  for (const auto& [path, expected] :
       std::initializer_list<std::pair<const char*, const char*>>{{"/a/b", "1"},
                                                                  {"a.b", "1"},
                                                                  {"/a/c~1d", "2"},
                                                                  {"/a/e~0f", "3"},
                                                                  {"/a/~0x", "4"},
                                                                  {"/a/~", "5"},
                                                                  {"/g", "6"},
                                                                  {"h.i", "7"},
                                                                  {"/h/i", "8"},
                                                                  {"/j~1/k", "9"},
                                                                  {"/a/none", ""},
                                                                  {"none", ""},
                                                                  {"/h.i", "7"},
                                                                  {"a.none", ""},
                                                                  {"a/b", ""}}) {
    if (roles(path) != expected) {
      RS_FAIL(std::string(path) + " leads to " + roles(path));
    }
  }
}

RS_TEST(times_are_exact_to_the_nanosecond_and_end_with_what_can_be_held) {
  const auto expires = [](const char* exp) -> std::int64_t {
    const Read out = read(fmt::format(R"({{"sub":"a","exp":{}}})", exp));
    return out.claims && out.claims->identity.expires ? to_ns(*out.claims->identity.expires) : -1;
  };
  RS_EXPECT_EQ(expires("0"), 0);
  RS_EXPECT_EQ(expires("-0.5"), -1);
  RS_EXPECT_EQ(expires("1.5"), 1'500'000'000);
  RS_EXPECT_EQ(expires("1790000000.5"), 1'790'000'000'500'000'000);
  RS_EXPECT_EQ(expires("9000000000"), 9'000'000'000'000'000'000);
  RS_EXPECT_EQ(expires("9000000001"), 9'000'000'000'000'000'000);
  RS_EXPECT_EQ(expires("1e300"), 9'000'000'000'000'000'000);
  const Read all = read(R"({"sub":"a","exp":3,"iat":1,"nbf":2})");
  RS_EXPECT_EQ(to_ns(*all.claims->identity.expires), 3'000'000'000);
  RS_EXPECT_EQ(to_ns(*all.claims->identity.issued), 1'000'000'000);
  RS_EXPECT_EQ(to_ns(*all.claims->not_before), 2'000'000'000);
}

RS_TEST(an_audience_is_named_by_a_string_or_by_one_of_an_array) {
  const Json json = RS_UNWRAP(Json::parse(R"({"one":"x","many":["y","x"],"none":7})"));
  RS_EXPECT(names_audience(json["one"], "x"));
  RS_EXPECT(names_audience(json["many"], "x"));
  RS_EXPECT(!names_audience(json["many"], "z"));
  RS_EXPECT(!names_audience(json["none"], "7"));
}
