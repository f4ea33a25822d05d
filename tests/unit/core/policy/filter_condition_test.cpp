// What a condition says of itself: its key, what it costs, what it keeps.
#include "core/policy/filter_condition.hpp"

#include "core/policy/filter.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

std::vector<FilterValue> values(const std::string& json) {
  const Json parsed = RS_UNWRAP(Json::parse(json));
  std::vector<FilterValue> made;
  parsed.ref().for_each_element([&](JsonRef element) {
    made.push_back(*FilterValue::from(element));
    return true;
  });
  return made;
}

std::vector<FilterValue> n_values(int n) {
  std::string json = "[0";
  for (int i = 1; i < n; ++i) {
    json += "," + std::to_string(i);
  }
  return values(json + "]");
}

bool holds(const Condition& condition, const std::string& event) {
  const Json root = RS_UNWRAP(Json::parse(event));
  EventView view;
  view.root = root.ref();
  return condition.holds(view);
}

SearchPatterns patterns(const std::vector<std::string>& texts) {
  SearchPatterns made;
  for (const std::string& text : texts) {
    made.add_substring(text);
  }
  RS_EXPECT_OK(made.compile({16, 2000, 256U << 10U}));
  return made;
}

}  // namespace

RS_TEST(keys_are_the_same_for_the_same_values_in_any_order) {
  RS_EXPECT_EQ(make_equality(FilterPath("a.b"), values(R"(["y",5,"x","y",true])"))->key(),
               R"(equals "a.b"["x","y",5,true])");
  RS_EXPECT_EQ(make_equality(FilterPath("task_name"), values(R"(["x"])"))->key(),
               R"(equals "data.name"["x"])");
  RS_EXPECT_EQ(make_names({"mem.*", "cpu.*", "mem.*"})->key(), R"(names ["cpu.*","mem.*"])");
  RS_EXPECT_EQ(make_level({LogLevel::kError, LogLevel::kError}, values("[3,3,2]"))->key(),
               make_level({LogLevel::kError}, values("[2,3]"))->key());
  RS_EXPECT_NE(make_level({LogLevel::kError}, {})->key(), make_level({LogLevel::kInfo}, {})->key());
  RS_EXPECT_NE(make_level({LogLevel::kError}, {})->key(),
               make_level({LogLevel::kError}, values("[2]"))->key());
  RS_EXPECT_NE(make_min_level(LogLevel::kError)->key(), make_min_level(LogLevel::kInfo)->key());
  RS_EXPECT_EQ(make_search(patterns({"B", "a"}))->key(), make_search(patterns({"A", "b"}))->key());
}

RS_TEST(many_values_and_globs_and_every_search_are_costly) {
  RS_EXPECT(!make_equality(FilterPath("a"), n_values(32))->is_costly());
  RS_EXPECT(make_equality(FilterPath("a"), n_values(33))->is_costly());
  RS_EXPECT(!make_names(std::vector<std::string>(8, "x"))->is_costly());
  RS_EXPECT(make_names(std::vector<std::string>(9, "x"))->is_costly());
  RS_EXPECT(!make_level({LogLevel::kError}, n_values(50))->is_costly());
  RS_EXPECT(!make_min_level(LogLevel::kError)->is_costly());
  RS_EXPECT(make_search(patterns({"x"}))->is_costly());
}

// What a client makes the server keep is bounded by these figures, so they must not be too small.
RS_TEST(bytes_are_those_of_all_that_is_kept) {
  const std::string text(500, 'x');
  const auto texts = values(R"([")" + text + R"(",")" + text + "\"]");
  const std::string path(300, 'p');
  RS_EXPECT_GE(make_equality(FilterPath(path), texts)->n_bytes(), 2 * text.size() + path.size());
  RS_EXPECT_LE(make_equality(FilterPath(path), texts)->n_bytes(), 4096U);
  RS_EXPECT_GE(make_level({}, texts)->n_bytes(), 2 * text.size());
  RS_EXPECT_LE(make_level({}, texts)->n_bytes(), 4096U);
  RS_EXPECT_GE(make_names({text, text})->n_bytes(), 2 * (text.size() + sizeof(std::string)));
  RS_EXPECT_LE(make_names({text, text})->n_bytes(), 4096U);
  RS_EXPECT_GE(make_search(patterns({text, text}))->n_bytes(),
               2 * (text.size() + sizeof(std::string)) + patterns({text, text}).n_bytes());
  RS_EXPECT_GE(make_min_level(LogLevel::kInfo)->n_bytes(), sizeof(LogLevel));
}

RS_TEST(a_level_is_one_of_the_named_ones_or_equals_a_value) {
  const auto condition = make_level({LogLevel::kWarning, LogLevel::kTrace}, values("[7,true]"));
  for (const auto& [level, expected] :
       std::initializer_list<std::pair<const char*, bool>>{{R"("warn")", true},
                                                           {R"("Warning")", true},
                                                           {R"("TRACE")", true},
                                                           {R"("debug")", false},
                                                           {R"("error")", false},
                                                           {R"("loud")", false},
                                                           {"7", true},
                                                           {"8", false},
                                                           {"true", true},
                                                           {"null", false}}) {
    if (holds(*condition, R"({"data":{"level":)" + std::string(level) + "}}") != expected) {
      RS_FAIL(level);
    }
  }
  RS_EXPECT(!holds(*condition, R"({"data":{}})"));
  RS_EXPECT(!holds(*make_equality(FilterPath("a"), values("[0,\"\"]")), R"({"data":{}})"));
}
