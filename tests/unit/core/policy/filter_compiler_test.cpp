// The limits of a filter: what is just allowed, and what is just refused.
#include "core/policy/filter_compiler.hpp"

#include "core/policy/filter.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

// The refusal as a text; empty for a filter that is accepted.
std::string compile(const std::string& filters, const FilterLimits& limits = {}) {
  const Json json = RS_UNWRAP(Json::parse(filters));
  const auto made = Filter::compile(json.ref(), limits);
  return made ? "" : made.error().key + ": " + made.error().message;
}

std::string quoted(std::size_t n, char c = 'x') { return '"' + std::string(n, c) + '"'; }

std::string list(std::size_t n, const std::string& value) {
  std::string out = "[" + value;
  for (std::size_t i = 1; i < n; ++i) {
    out += "," + value;
  }
  return out + "]";
}

}  // namespace

RS_TEST(the_limits_are_the_documented_ones) {
  const FilterLimits limits;
  RS_EXPECT_EQ(limits.max_keys, 32U);
  RS_EXPECT_EQ(limits.max_values_per_key, 100U);
  RS_EXPECT_EQ(limits.max_value_bytes, 1024U);
  RS_EXPECT_EQ(limits.max_path_steps, 16U);
  RS_EXPECT_EQ(limits.max_expressions, 16U);
  RS_EXPECT_EQ(limits.max_program_size, 500U);
  RS_EXPECT_EQ(limits.max_search_bytes, 128U * 1024);
  RS_EXPECT_EQ(limits.max_bytes, 1024U * 1024);
}

RS_TEST(what_is_as_long_as_allowed_is_accepted_and_one_more_is_not) {
  RS_EXPECT_EQ(compile("{" + quoted(1024) + ":1}"), "");
  RS_EXPECT_CONTAINS(compile("{" + quoted(1025) + ":1}"), "is longer than 1024 bytes");
  RS_EXPECT_EQ(compile("{\"a\":" + quoted(1024) + "}"), "");
  RS_EXPECT_EQ(compile("{\"a\":" + quoted(1025) + "}"), "filters.a: is longer than 1024 bytes");
  RS_EXPECT_EQ(compile("{\"a\":" + list(100, "1") + "}"), "");
  RS_EXPECT_EQ(compile("{\"a\":" + list(101, "1") + "}"), "filters.a: has more than 100 values");
  RS_EXPECT_EQ(compile(R"({"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p":1})"), "");
  RS_EXPECT_CONTAINS(compile(R"({"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q":1})"), "deeper than 16");
  RS_EXPECT_CONTAINS(compile("{\"search\":" + quoted(1025) + "}"), "is longer than 1024 bytes");
}

RS_TEST(a_refusal_repeats_at_most_64_bytes_of_a_key) {
  RS_EXPECT_EQ(compile("{" + quoted(64, 'k') + ":null}").find("..."), std::string::npos);
  RS_EXPECT_CONTAINS(compile("{" + quoted(65, 'k') + ":null}"),
                     "filters." + std::string(64, 'k') + "...: ");
}

RS_TEST(the_first_wrong_value_is_the_one_that_is_named) {
  RS_EXPECT_EQ(compile(R"({"a":[1,null,{},2]})"),
               "filters.a[1]: must be a string, a number or a boolean, is null");
  RS_EXPECT_CONTAINS(compile(R"({"a":{},"b":{}})"), "filters.a: ");
  RS_EXPECT_CONTAINS(compile(R"({"names":["a",5,""]})"), "filters.names[1]: must be a string");
  RS_EXPECT_CONTAINS(compile(R"({"names":["a","",5]})"), "filters.names[1]: must not be empty");
}

RS_TEST(a_filter_may_take_as_much_memory_as_allowed) {
  const Json json = RS_UNWRAP(Json::parse(R"({"a":"b","search":"x"})"));
  const std::size_t n_bytes = RS_UNWRAP(Filter::compile(json.ref()))->n_bytes();
  FilterLimits limits;
  limits.max_bytes = n_bytes;
  RS_EXPECT(Filter::compile(json.ref(), limits).has_value());
  limits.max_bytes = n_bytes - 1;
  const auto refused = Filter::compile(json.ref(), limits);
  RS_EXPECT(!refused.has_value());
  RS_EXPECT_CONTAINS(refused.error().message, "needs " + std::to_string(n_bytes) +
                                                  " bytes of memory; at most " +
                                                  std::to_string(n_bytes - 1));
}

RS_TEST(the_key_of_a_filter_is_that_of_its_conditions) {
  const auto key = [](const std::string& filters) {
    const Json json = RS_UNWRAP(Json::parse(filters));
    return std::string(RS_UNWRAP(Filter::compile(json.ref()))->key());
  };
  RS_EXPECT_EQ(key(R"({"b":1,"a":["x"]})"), R"(equals "a"["x"];equals "b"[1])");
  RS_EXPECT_EQ(key(R"({"task_name":"x","data.name":"x"})"), R"(equals "data.name"["x"])");
  RS_EXPECT_EQ(key("{}"), "");
  const Json json = RS_UNWRAP(Json::parse(R"({"a":"b"})"));
  const auto filter = RS_UNWRAP(Filter::compile(json.ref()));
  RS_EXPECT_GE(filter->n_bytes(), sizeof(*filter) + filter->key().size());
}
