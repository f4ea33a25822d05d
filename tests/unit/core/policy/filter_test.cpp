// Filters: what each kind of key selects, that equal selections have equal keys, and every way of
// being refused.
#include "core/policy/filter.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

constexpr const char* kTask =
    R"({"event_type":"TaskStatusChanged","timestamp":"2025-09-26T10:00:00Z","id":"5f3a9c1e:7",
  "data":{"task_id":"t-1","name":"create_servers","status":"Running","progress":50,"ratio":0.5,"dry_run":false,
          "tags":["blue","green",3],"steps":[{"name":"plan"},{"name":"apply"}],"app.version":"2",
          "labels":{"k8s.io/name":"web"},"empty":"","nothing":null},
  "metadata":{"infra":"production","status":"from metadata","data":{"x":1}}})";

constexpr const char* kLog =
    R"({"event_type":"LogEntry","timestamp":"2025-09-26T10:00:00Z","id":"5f3a9c1e:8",
  "data":{"level":"Warning","message":"Größe of disk LOW\nline two","component":"server-manager",
          "details":{"hosts":["web-01","web-02"],"needle_in_a_name":1}},
  "metadata":{"source":"orchestrator"}})";

constexpr const char* kMetric =
    R"({"event_type":"MetricUpdate","timestamp":"2025-09-26T10:00:00Z","id":"5f3a9c1e:9",
  "data":{"metric_name":"cpu.user","value":12.5},"metadata":{}})";

std::shared_ptr<const Filter> compiled(const std::string& filters) {
  const Json json = RS_UNWRAP(Json::parse(filters));
  auto filter = Filter::compile(json.ref());
  if (!filter) {
    RS_FAIL("refused " + filters + ": " + filter.error().key + " " + filter.error().message);
  }
  return *filter;
}

bool passes(const std::string& filters, const char* event = kTask) {
  const Json root = RS_UNWRAP(Json::parse(event));
  EventView view;
  view.text = event;
  view.root = root.ref();
  return compiled(filters)->matches(view);
}

FilterError refused(const std::string& filters, const FilterLimits& limits = {}) {
  const Json json = RS_UNWRAP(Json::parse(filters));
  auto filter = Filter::compile(json.ref(), limits);
  if (filter) {
    RS_FAIL("accepted " + filters);
  }
  return filter.error();
}

std::string log_at(const std::string& level) {
  return R"({"event_type":"LogEntry","data":{"level":)" + level + "},\"metadata\":{}}";
}

}  // namespace

RS_TEST(empty_filter_passes_everything_and_reads_nothing) {
  const auto filter = compiled("{}");
  RS_EXPECT(!filter->needs_json());
  RS_EXPECT_EQ(filter->key(), "");
  RS_EXPECT(filter->matches(EventView{}));
  RS_EXPECT(compiled(R"({"status":"x"})")->needs_json());
}

RS_TEST(value_equals_the_member_of_data_exactly) {
  RS_EXPECT(passes(R"({"status":"Running"})"));
  RS_EXPECT(!passes(R"({"status":"running"})"));
  RS_EXPECT(!passes(R"({"status":"Run"})"));
  RS_EXPECT(passes(R"({"empty":""})"));
}

RS_TEST(values_of_one_key_are_alternatives_and_keys_must_all_hold) {
  RS_EXPECT(passes(R"({"status":["Failed","Running"]})"));
  RS_EXPECT(!passes(R"({"status":["Failed","Completed"]})"));
  RS_EXPECT(passes(R"({"status":["Failed","Running"],"task_id":"t-1"})"));
  RS_EXPECT(!passes(R"({"status":["Failed","Running"],"task_id":"t-2"})"));
}

RS_TEST(member_of_data_goes_before_one_of_metadata) {
  RS_EXPECT(passes(R"({"infra":"production"})"));
  RS_EXPECT(!passes(R"({"status":"from metadata"})"));
  RS_EXPECT(passes(R"({"metadata.status":"from metadata"})"));
  RS_EXPECT(!passes(R"({"nothing":"anything"})"));
  RS_EXPECT(!passes(R"({"absent":"x"})"));
}

RS_TEST(task_name_is_the_name_in_data) {
  RS_EXPECT(passes(R"({"task_name":"create_servers"})"));
  RS_EXPECT(!passes(R"({"task_name":"delete_servers"})"));
  RS_EXPECT_EQ(compiled(R"({"task_name":"a"})")->key(), compiled(R"({"data.name":"a"})")->key());
}

RS_TEST(dotted_path_reaches_deeper) {
  RS_EXPECT(passes(R"({"steps.1.name":"apply"})"));
  RS_EXPECT(!passes(R"({"steps.2.name":"apply"})"));
  RS_EXPECT(!passes(R"({"steps.x.name":"apply"})"));
  RS_EXPECT(passes(R"({"details.hosts.0":"web-01"})", kLog));
  RS_EXPECT(
      passes(R"({"data.status":"Running","event_type":"TaskStatusChanged","id":"5f3a9c1e:7"})"));
  RS_EXPECT(passes(R"({"timestamp":"2025-09-26T10:00:00Z"})"));
  RS_EXPECT(!passes(R"({"data.x":1})"));
  RS_EXPECT(passes(R"({"metadata.data.x":1})"));
}

RS_TEST(name_with_dots_is_reached) {
  RS_EXPECT(passes(R"({"app.version":"2"})"));
  RS_EXPECT(passes(R"({"labels.k8s.io/name":"web"})"));
  RS_EXPECT(passes(R"({"data.labels.k8s.io/name":"web"})"));
}

RS_TEST(numbers_compare_by_value) {
  RS_EXPECT(passes(R"({"progress":50})"));
  RS_EXPECT(passes(R"({"progress":50.0})"));
  RS_EXPECT(passes(R"({"progress":5e1})"));
  RS_EXPECT(passes(R"({"ratio":0.5})"));
  RS_EXPECT(!passes(R"({"progress":50.5})"));
  RS_EXPECT(!passes(R"({"progress":51})"));
  const char* big = R"({"data":{"n":9007199254740993}})";
  RS_EXPECT(passes(R"({"n":9007199254740993})", big));
  RS_EXPECT(!passes(R"({"n":9007199254740992})", big));
}

RS_TEST(text_matches_the_number_or_boolean_that_it_spells) {
  RS_EXPECT(passes(R"({"progress":"50"})"));
  RS_EXPECT(passes(R"({"progress":"50.0"})"));
  RS_EXPECT(passes(R"({"ratio":"0.5"})"));
  RS_EXPECT(passes(R"({"dry_run":"false"})"));
  RS_EXPECT(!passes(R"({"dry_run":"true"})"));
  for (const char* text : {"+50", " 50", "50 ", "0x32", "fifty", "", "inf", "nan", "-", "."}) {
    RS_EXPECT(!passes(std::string(R"({"progress":")") + text + "\"}"));
  }
}

RS_TEST(number_does_not_match_a_text) {
  RS_EXPECT(!passes(R"({"app.version":2})"));
  RS_EXPECT(!passes(R"({"dry_run":0})"));
  RS_EXPECT(passes(R"({"dry_run":false})"));
}

RS_TEST(array_matches_when_one_of_its_elements_does) {
  RS_EXPECT(passes(R"({"tags":"green"})"));
  RS_EXPECT(passes(R"({"tags":3})"));
  RS_EXPECT(!passes(R"({"tags":"red"})"));
  RS_EXPECT(!passes(R"({"steps":"plan"})"));
}

RS_TEST(level_compares_without_regard_to_spelling) {
  for (const char* level : {"WARN", "warning", "Warning"}) {
    RS_EXPECT(passes(std::string(R"({"level":")") + level + "\"}", kLog));
  }
  RS_EXPECT(passes(R"({"level":["ERROR","WARN"]})", kLog));
  RS_EXPECT(!passes(R"({"level":["ERROR","INFO"]})", kLog));
  RS_EXPECT(!passes(R"({"level":"ERROR"})"));
  RS_EXPECT(passes(R"({"level":"ERR"})", log_at(R"("error")").c_str()));
  RS_EXPECT(passes(R"({"level":[3,"INFO"]})", log_at("3").c_str()));
  RS_EXPECT(!passes(R"({"level":[3,"INFO"]})", log_at("4").c_str()));
}

RS_TEST(min_level_passes_that_level_and_above) {
  const std::vector<std::string> ascending = {"trace", "debug",    "info",  "notice", "warn",
                                              "error", "critical", "alert", "emerg"};
  for (std::size_t least = 0; least < ascending.size(); ++least) {
    for (std::size_t at = 0; at < ascending.size(); ++at) {
      const bool passed = passes(R"({"min_level":")" + ascending[least] + "\"}",
                                 log_at('"' + ascending[at] + '"').c_str());
      RS_EXPECT_EQ(passed, at >= least);
    }
  }
}

RS_TEST(unknown_or_missing_level_never_passes_min_level) {
  for (const char* level : {R"("LOUD")", R"("")", "9", "null", R"(["ERROR"])"}) {
    RS_EXPECT(!passes(R"({"min_level":"TRACE"})", log_at(level).c_str()));
  }
  RS_EXPECT(!passes(R"({"min_level":"TRACE"})", kTask));
}

RS_TEST(names_are_globs_on_the_metric_name) {
  RS_EXPECT(passes(R"({"names":"cpu.*"})", kMetric));
  RS_EXPECT(passes(R"({"names":["mem.*","cpu.us?r"]})", kMetric));
  RS_EXPECT(passes(R"({"names":"cpu.user"})", kMetric));
  RS_EXPECT(!passes(R"({"names":"cpu"})", kMetric));
  RS_EXPECT(!passes(R"({"names":"CPU.*"})", kMetric));
  RS_EXPECT(!passes(R"({"names":"*"})", kLog));
}

RS_TEST(search_finds_a_substring_of_any_string_whatever_its_case) {
  for (const char* text : {"disk low", "DISK", "größe", "GRÖSSE OF", "line two", "WEB-02",
                           "orchestrator", "WARNING"}) {
    const bool expected =
        std::string_view(text) != "GRÖSSE OF";  // simple folding does not know that ß is SS
    RS_EXPECT_EQ(passes(std::string(R"({"search":")") + text + "\"}", kLog), expected);
  }
  RS_EXPECT(passes(R"({"search":"GRÖ"})", kLog));
  RS_EXPECT(!passes(R"({"search":"memory"})", kLog));
}

RS_TEST(search_looks_neither_at_names_nor_outside_data_and_metadata) {
  RS_EXPECT(!passes(R"({"search":"needle_in_a_name"})", kLog));
  RS_EXPECT(!passes(R"({"search":"LogEntry"})", kLog));
  RS_EXPECT(!passes(R"({"search":"5f3a9c1e"})", kLog));
}

RS_TEST(search_text_is_no_expression) {
  RS_EXPECT(!passes(R"({"search":"web.01"})", kLog));
  RS_EXPECT(!passes(R"({"search":".*"})", kLog));
  RS_EXPECT(passes(R"({"search":{"regex":"web.01"}})", kLog));
}

RS_TEST(search_for_a_regular_expression) {
  RS_EXPECT(passes(R"({"search":{"regex":"^web-0[2-9]$"}})", kLog));
  RS_EXPECT(passes(R"({"search":{"regex":"low$|LOW\\n"}})", kLog));
  RS_EXPECT(!passes(R"({"search":{"regex":"^two"}})", kLog));
  RS_EXPECT(passes(R"({"search":{"regex":"(?m)^two|^line"}})", kLog));
  RS_EXPECT(passes(R"({"search.regex":"web-\\d+"})", kLog));
  RS_EXPECT(!passes(R"({"search.regex":"web-\\d{3}"})", kLog));
}

RS_TEST(several_searches_are_alternatives) {
  RS_EXPECT(passes(R"({"search":["absent","disk"]})", kLog));
  RS_EXPECT(passes(R"({"search":["absent",{"regex":"d.sk"}]})", kLog));
  RS_EXPECT(!passes(R"({"search":["absent",{"regex":"d.sc"}]})", kLog));
}

RS_TEST(search_takes_linear_time_on_what_hangs_backtracking_engines) {
  const std::string text(200'000, 'a');
  const std::string event = R"({"data":{"message":")" + text + "\"}}";
  RS_EXPECT(!passes(R"({"search":{"regex":"(a+)+$^"}})", event.c_str()));
  RS_EXPECT(!passes(R"({"search":{"regex":"(a|a)*b"}})", event.c_str()));
}

RS_TEST(since_is_kept_aside_and_selects_nothing) {
  const auto filter = compiled(R"({"since":"2025-09-26T10:00:00Z"})");
  RS_EXPECT_EQ(filter->since()->text, "2025-09-26T10:00:00Z");
  RS_EXPECT(!filter->needs_json());
  RS_EXPECT_EQ(filter->key(), compiled("{}")->key());
  RS_EXPECT_EQ(compiled(R"({"since":"5f3a9c1e:7","status":"x"})")->key(),
               compiled(R"({"status":"x"})")->key());
  RS_EXPECT(!compiled("{}")->since().has_value());
}

RS_TEST(equal_selections_have_equal_keys) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {R"({"a":"1","b":"2"})", R"({"b":"2","a":"1"})"},
      {R"({"a":["1","2","1"]})", R"({"a":["2","1"]})"},
      {R"({"a":"1"})", R"({"a":["1"]})"},
      {R"({"a":50})", R"({"a":50.0})"},
      {R"({"level":["WARN","err"]})", R"({"level":["ERROR","warning"]})"},
      {R"({"min_level":"fatal"})", R"({"min_level":"CRITICAL"})"},
      {R"({"search":"Disk"})", R"({"search":["disk"]})"},
      {R"({"search":{"regex":"a"}})", R"({"search.regex":"a"})"},
      {R"({"names":["b*","a*"]})", R"({"names":["a*","b*","a*"]})"},
  };
  for (const auto& [a, b] : pairs) {
    RS_EXPECT_EQ(compiled(a)->key(), compiled(b)->key());
  }
}

RS_TEST(different_selections_have_different_keys) {
  const std::vector<std::string> filters = {R"({})",
                                            R"({"a":"1"})",
                                            R"({"a":1})",
                                            R"({"a":"true"})",
                                            R"({"a":true})",
                                            R"({"a":["1","2"]})",
                                            R"({"a":"1,2"})",
                                            R"({"a":"1\",\"2"})",
                                            R"({"a":"1","b":"1"})",
                                            R"({"data.a":"1"})",
                                            R"({"metadata.a":"1"})",
                                            R"({"level":"INFO"})",
                                            R"({"data.level":"INFO"})",
                                            R"({"min_level":"INFO"})",
                                            R"({"search":"a"})",
                                            R"({"search":{"regex":"a"}})",
                                            R"({"names":"a"})",
                                            R"({"search":{"regex":"A"}})",
                                            R"({"a":0.1})",
                                            R"({"a":0.2})",
                                            R"({"level":[1]})"};
  for (std::size_t i = 0; i < filters.size(); ++i) {
    for (std::size_t j = i + 1; j < filters.size(); ++j) {
      RS_EXPECT_NE(compiled(filters[i])->key(), compiled(filters[j])->key());
    }
  }
}

RS_TEST(shuffled_filters_keep_their_key) {
  std::mt19937_64 random(ringside::test::seed());
  std::vector<std::string> members = {R"("a":["x","y","z"])",  R"("b.c":1)",
                                      R"("min_level":"INFO")", R"("search":"q")",
                                      R"("names":["m*"])",     R"("level":["ERROR","WARN"])"};
  const auto join = [&] {
    std::string out;
    for (const std::string& member : members) {
      out += (out.empty() ? "{" : ",") + member;
    }
    return out + "}";
  };
  const std::string key = compiled(join())->key();
  for (int i = 0; i < 100; ++i) {
    std::ranges::shuffle(members, random);
    RS_EXPECT_EQ(compiled(join())->key(), key);
  }
}

RS_TEST(what_cannot_be_compared_is_refused_with_its_place) {
  const std::vector<std::array<std::string, 3>> cases = {{
      {R"([])", "filters", "must be an object"},
      {R"({"status":null})", "filters.status", "must be a string, a number or a boolean, is null"},
      {R"({"status":{}})", "filters.status", "is object"},
      {R"({"status":["a",["b"]]})", "filters.status[1]", "is array"},
      {R"({"status":[]})", "filters.status", "at least one value"},
      {R"({"":"x"})", "filters.", "empty step"},
      {R"({"a..b":"x"})", "filters.a..b", "empty step"},
      {R"({".a":"x"})", "filters..a", "empty step"},
      {R"({"a.":"x"})", "filters.a.", "empty step"},
      {R"({"min_level":"LOUD"})", "filters.min_level", "is \"LOUD\""},
      {R"({"min_level":3})", "filters.min_level", "must be a string"},
      {R"({"min_level":["INFO"]})", "filters.min_level", "must be a string"},
      {R"({"level":["INFO","LOUD"]})", "filters.level[1]", "must be TRACE"},
      {R"({"level":null})", "filters.level", "is null"},
      {R"({"names":5})", "filters.names", "must be a string"},
      {R"({"names":["a",""]})", "filters.names[1]", "must not be empty"},
      {R"({"search":""})", "filters.search", "must not be empty"},
      {R"({"search":7})", "filters.search", "must be a string"},
      {R"({"search":{"regex":"("}})", "filters.search.regex", "missing )"},
      {R"({"search":{"regex":""}})", "filters.search.regex", "must not be empty"},
      {R"({"search":{"regex":1}})", "filters.search.regex", "must be a string"},
      {R"({"search":{"regexp":"a"}})", "filters.search", "{\"regex\": \"...\"}"},
      {R"({"search":{"regex":"a","flags":"i"}})", "filters.search", "{\"regex\": \"...\"}"},
      {R"({"search":["a",{"regex":"[z-a]"}]})", "filters.search[1].regex",
       "invalid character class range"},
      {R"({"search.regex":"*"})", "filters.search.regex", "no argument for repetition operator"},
      {R"({"search":{"regex":"(?<=a)b"}})", "filters.search.regex", "invalid perl operator"},
      {R"({"search":{"regex":"(a)\\1"}})", "filters.search.regex", "invalid escape sequence"},
      {R"({"since":"yesterday"})", "filters.since", "RFC 3339"},
      {R"({"since":5})", "filters.since", "must be a string"},
  }};
  for (const auto& [filters, key, message] : cases) {
    const FilterError error = refused(filters);
    RS_EXPECT_EQ(error.key, key);
    RS_EXPECT_CONTAINS(error.message, message);
  }
}

RS_TEST(bounds_hold_exactly) {
  FilterLimits limits;
  limits.max_keys = 2;
  limits.max_values_per_key = 2;
  limits.max_value_bytes = 8;
  limits.max_path_steps = 3;
  const auto accepts = [&](const std::string& filters) {
    const Json json = RS_UNWRAP(Json::parse(filters));
    return Filter::compile(json.ref(), limits).has_value();
  };
  RS_EXPECT(accepts(R"({"a":"1","b":"2"})"));
  RS_EXPECT_CONTAINS(refused(R"({"a":"1","b":"2","c":"3"})", limits).message, "more than 2 keys");
  RS_EXPECT(accepts(R"({"a":["1","2"]})"));
  RS_EXPECT_CONTAINS(refused(R"({"a":["1","2","3"]})", limits).message, "more than 2 values");
  RS_EXPECT(accepts(R"({"a":"12345678"})"));
  RS_EXPECT_CONTAINS(refused(R"({"a":"123456789"})", limits).message, "longer than 8 bytes");
  RS_EXPECT_EQ(refused(R"({"search":["a","123456789"]})", limits).key, "filters.search[1]");
  RS_EXPECT(accepts(R"({"a.b.c":"1"})"));
  RS_EXPECT_CONTAINS(refused(R"({"a.b.c.d":"1"})", limits).message, "deeper than 3 steps");
  RS_EXPECT_CONTAINS(refused(R"({"aaaabbbbc":"1"})", limits).message, "longer than 8 bytes");
}

RS_TEST(expression_that_would_take_too_much_memory_is_refused) {
  RS_EXPECT_CONTAINS(refused(R"({"search":{"regex":"((a{1,100}){1,100}){1,100}"}})").message,
                     "size");
  FilterLimits limits;
  limits.max_search_bytes = 4096;
  RS_EXPECT_CONTAINS(refused(R"({"search":{"regex":"\\pL{200}"}})", limits).message, "too large");
}

RS_TEST(refusal_repeats_only_a_line_of_what_was_sent_and_nothing_unprintable) {
  const FilterError error = refused("{\"min_level\":\"" + std::string(1000, 'x') + "\"}");
  RS_EXPECT_LT(error.message.size(), 300);
  RS_EXPECT_NOT_CONTAINS(refused(R"({"min_level":"a\u001b[31m"})").message, "\x1b");
  RS_EXPECT_LT(refused("{\"" + std::string(5000, 'k') + "\":1}").key.size(), 100);
}

RS_TEST(filter_judges_events_without_data_or_of_odd_shape) {
  for (const char* event : {"{}", R"({"data":5,"metadata":[]})", R"({"data":null})", "[]", "7"}) {
    RS_EXPECT(!passes(R"({"status":"x"})", event));
    RS_EXPECT(!passes(R"({"a.b.c":"x"})", event));
    RS_EXPECT(!passes(R"({"search":"x"})", event));
    RS_EXPECT(!passes(R"({"names":"*"})", event));
    RS_EXPECT(!passes(R"({"min_level":"TRACE"})", event));
  }
}
