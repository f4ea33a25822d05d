// A condition's hashes never rule out an event that it holds for.
#include "core/policy/filter_index.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/policy/filter.hpp"
#include "core/policy/filter_path.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

using Hash = IndexedMember::Hash;

// Whether the hash of `event`'s member rules out what `condition` asks for.
bool rules_out(const IndexedCondition& condition, const EventView& event) {
  const Hash hash = condition.member.hash_in(event);
  return hash.kind == Hash::Kind::kNone ||
         (hash.kind == Hash::Kind::kOne &&
          std::ranges::find(condition.hashes, hash.value) == condition.hashes.end());
}

std::shared_ptr<const Filter> compiled(const std::string& filters) {
  return RS_UNWRAP(Filter::compile(RS_UNWRAP(Json::parse(filters)).ref()));
}

const std::vector<std::string>& scalars() {
  static const std::vector<std::string> all{"\"a\"",
                                            "\"A\"",
                                            "\"\"",
                                            "\"1\"",
                                            "1",
                                            "1.0",
                                            "\"1.0\"",
                                            "-0.0",
                                            "0",
                                            "\"0\"",
                                            "true",
                                            "\"true\"",
                                            "false",
                                            "1e300",
                                            "9007199254740993",
                                            "0.1",
                                            "\"0.1\"",
                                            "\"WARN\"",
                                            "\"warning\"",
                                            "\"ERROR\"",
                                            "\"30\"",
                                            "18446744073709551615",
                                            "\"ünïcode\""};
  return all;
}

}  // namespace

RS_TEST(what_a_condition_holds_for_is_never_ruled_out) {
  std::size_t n_held = 0;
  std::size_t n_ruled_out = 0;
  std::vector<std::string> members = scalars();
  members.insert(members.end(), {"null", "{}", "[]", R"(["a",1])", R"([["a"]])", R"({"a":1})"});
  for (const char* const key : {"x", "level", "data.x", "min_level"}) {
    for (const std::string& wanted : scalars()) {
      const auto filter = Filter::compile(
          RS_UNWRAP(Json::parse("{\"" + std::string(key) + "\":" + wanted + "}")).ref());
      if (!filter) {
        continue;  // no level
      }
      RS_EXPECT_EQ((*filter)->indexed().size(), std::size_t{1});
      for (const std::string& member : members) {
        const Json root =
            RS_UNWRAP(Json::parse(R"({"data":{"x":)" + member + R"(,"level":)" + member + "}}"));
        EventView event;
        event.root = root.ref();
        const bool holds = (*filter)->matches(event);
        const bool is_ruled_out = rules_out(*(*filter)->indexed().front(), event);
        if (holds && is_ruled_out) {
          RS_FAIL(std::string(key) + "=" + wanted + " holds for " + member + " and is ruled out");
        }
        n_held += holds ? 1 : 0;
        n_ruled_out += is_ruled_out ? 1 : 0;
      }
    }
  }
  RS_EXPECT_GT(n_held, std::size_t{100});
  RS_EXPECT_GT(n_ruled_out, n_held);
}

RS_TEST(levels_are_the_same_in_every_spelling) {
  const auto filter = compiled(R"({"min_level":"warn"})");
  for (const auto& [level, is_ruled_out] :
       {std::pair("warning", false), std::pair("ERR", false), std::pair("info", true)}) {
    const Json root = RS_UNWRAP(Json::parse(R"({"data":{"level":")" + std::string(level) + "\"}}"));
    EventView event;
    event.root = root.ref();
    RS_EXPECT_EQ(rules_out(*filter->indexed().front(), event), is_ruled_out);
  }
}

RS_TEST(other_conditions_and_long_lists_say_nothing) {
  RS_EXPECT(compiled(R"({"search":"x"})")->indexed().empty());
  RS_EXPECT(compiled(R"({"names":"cpu.*"})")->indexed().empty());
  std::string many = R"({"x":["0")";
  for (int i = 1; i < 40; ++i) {
    many += ",\"v" + std::to_string(i) + "\"";
  }
  RS_EXPECT(compiled(many + "]}")->indexed().empty());
  RS_EXPECT_EQ(compiled(R"({"a":1,"b":2,"c":3,"d":4,"e":5})")->indexed().size(), std::size_t{4});
}

RS_TEST(members_are_the_same_when_their_paths_are) {
  const auto of = [](const char* path, bool by_level) {
    return IndexedMember(std::make_shared<const FilterPath>(path), by_level);
  };
  RS_EXPECT(of("a.b", false) == of("a.b", false));
  RS_EXPECT(!(of("a.b", false) == of("a.c", false)));
  RS_EXPECT(!(of("level", false) == of("level", true)));
}
