// Query parameters: each one's range, where it belongs, and that nothing is ignored.
#include "core/proto/query.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using Arguments = std::vector<QueryArgument>;

namespace {

ConnectionQuery parsed(const Arguments& arguments, Endpoint endpoint = Endpoint::kEvents) {
  auto query = parse_query(endpoint, arguments);
  if (!query) {
    RS_FAIL("refused: " + query.error().message);
  }
  return std::move(*query);
}

QueryError refused(const Arguments& arguments, Endpoint endpoint = Endpoint::kEvents) {
  auto query = parse_query(endpoint, arguments);
  if (query) {
    if (auto error = compile_filters(*query)) {
      return *error;
    }
  }
  if (query) {
    RS_FAIL("accepted " +
            (arguments.empty() ? std::string() : arguments[0].first + "=" + arguments[0].second));
  }
  return query.error();
}

}  // namespace

RS_TEST(no_parameters_mean_the_defaults) {
  const ConnectionQuery query = parsed({});
  RS_EXPECT_EQ(query.token, "");
  RS_EXPECT(query.events.empty());
  RS_EXPECT(!query.batch_size && !query.flush && !query.max_rate && !query.tail && !query.interval);
  RS_EXPECT(!query.compression);
  RS_EXPECT_EQ(query.since, "");
  RS_EXPECT(!query.filters.present());
}

RS_TEST(numbers_are_taken_within_their_ranges_only) {
  struct {
    const char* name;
    std::uint64_t least, most;
    Endpoint endpoint;
  } const cases[] = {{"batch_size", 1, 1000, Endpoint::kEvents},
                     {"flush_ms", 0, 1000, Endpoint::kEvents},
                     {"max_rate", 1, 1'000'000, Endpoint::kEvents},
                     {"tail", 1, 10'000, Endpoint::kLogs},
                     {"interval", 1, 3'600'000, Endpoint::kMetrics}};
  for (const auto& c : cases) {
    static_cast<void>(parsed({{c.name, std::to_string(c.least)}}, c.endpoint));
    static_cast<void>(parsed({{c.name, std::to_string(c.most)}}, c.endpoint));
    Names wrong = {std::to_string(c.most + 1), "", "-1", "+1", " 1", "1 ", "1.0", "1e1", "ten",
                   "18446744073709551616"};
    if (c.least > 0) {
      wrong.push_back(std::to_string(c.least - 1));
    }
    for (const std::string& value : wrong) {
      const QueryError error = refused({{c.name, value}}, c.endpoint);
      RS_EXPECT_EQ(error.parameter, c.name);
      RS_EXPECT_EQ(error.message, fmt::format("{} must be {} to {}", c.name, c.least, c.most));
    }
  }
}

RS_TEST(numbers_arrive_where_they_are_read) {
  const ConnectionQuery query =
      parsed({{"batch_size", "5"}, {"flush_ms", "20"}, {"max_rate", "100"}});
  RS_EXPECT_EQ(query.batch_size, 5u);
  RS_EXPECT_EQ(*query.flush, 20ms);
  RS_EXPECT_EQ(*query.max_rate, 100u);
  RS_EXPECT_EQ(*parsed({{"tail", "50"}}, Endpoint::kLogs).tail, 50u);
  RS_EXPECT_EQ(*parsed({{"interval", "1500"}}, Endpoint::kMetrics).interval, 1500ms);
}

RS_TEST(events_are_resolved_trimmed_and_checked) {
  RS_EXPECT_EQ(parsed({{"events", "task,batch,system"}}).events,
               Names({"TaskStatusChanged", "BatchOperationUpdate", "SystemHealthUpdate"}));
  RS_EXPECT_EQ(parsed({{"events", " log , ,Custom,LogEntry,"}}).events,
               Names({"LogEntry", "Custom"}));
  RS_EXPECT_EQ(parsed({{"events", "*"}}).events, Names({"*"}));
  RS_EXPECT(parsed({{"events", ""}}).events.empty());
  const QueryError error = refused({{"events", "task,not a type"}});
  RS_EXPECT_EQ(error.parameter, "events");
  RS_EXPECT_EQ(error.message, "events has \"not a type\", which is not an event type");
}

RS_TEST(compression_is_true_or_false) {
  RS_EXPECT(parsed({{"compression", "true"}}).compression);
  RS_EXPECT(!parsed({{"compression", "false"}}).compression);
  for (const char* value : {"", "1", "yes", "TRUE"}) {
    RS_EXPECT_EQ(refused({{"compression", value}}).message, "compression must be true or false");
  }
}

RS_TEST(since_is_a_time_or_an_id) {
  RS_EXPECT_EQ(parsed({{"since", "5f3a9c1e:7"}}).since, "5f3a9c1e:7");
  RS_EXPECT_EQ(parsed({{"since", "2025-09-26T10:00:00Z"}}).since, "2025-09-26T10:00:00Z");
  RS_EXPECT_EQ(parsed({{"since", "2025-09-26 10:00:00Z"}}).since, "2025-09-26 10:00:00Z");
  RS_EXPECT_EQ(refused({{"since", "yesterday"}}).message,
               "since must be an RFC 3339 time, a time ago such as -1h, or an event id");
  RS_EXPECT_EQ(refused({{"since", ""}}).parameter, "since");
}

RS_TEST(plus_of_an_offset_that_was_read_as_a_space_is_restored) {
  RS_EXPECT_EQ(parsed({{"since", "2025-09-26T10:00:00 02:00"}}).since, "2025-09-26T10:00:00+02:00");
}

RS_TEST(filters_become_one_object) {
  const ConnectionQuery query = parsed({{"filter.status", "Running,Failed"},
                                        {"filter.data.progress", "50"},
                                        {"filter.min_level", "warn"}});
  RS_EXPECT_EQ(query.filters.dump(),
               R"({"status":["Running","Failed"],"data.progress":"50","min_level":"warn"})");
  RS_EXPECT_EQ(parsed({{"filter.status", " a , ,b"}}).filters.dump(), R"({"status":["a","b"]})");
  RS_EXPECT_EQ(parsed({{"filter.search.regex", "a{1,2}"}}).filters.dump(),
               R"({"search.regex":"a{1,2}"})");
  RS_EXPECT_EQ(parsed({{"filter.since", "5f3a9c1e:7"}}).filters.dump(),
               R"({"since":"5f3a9c1e:7"})");
}

RS_TEST(wrong_filter_names_the_parameter_that_gave_it) {
  const QueryError regex = refused({{"filter.status", "x"}, {"filter.search.regex", "("}});
  RS_EXPECT_EQ(regex.parameter, "filter.search.regex");
  RS_EXPECT_CONTAINS(regex.message, "filter.search.regex missing )");
  const QueryError level = refused({{"level", "LOUD"}}, Endpoint::kLogs);
  RS_EXPECT_EQ(level.parameter, "level");
  RS_EXPECT_CONTAINS(level.message, "level must be TRACE");
  RS_EXPECT_EQ(refused({{"filter.level", "INFO,LOUD"}}).parameter, "filter.level");
  RS_EXPECT_EQ(refused({{"filter.a..b", "x"}}).parameter, "filter.a..b");
  RS_EXPECT_EQ(refused({{"filter.status", " , "}}).message, "filter.status must not be empty");
  RS_EXPECT_EQ(refused({{"filter.", "x"}}).parameter, "filter.");
}

RS_TEST(logs_have_their_own_parameters) {
  const ConnectionQuery query =
      parsed({{"level", "WARN"}, {"component", "a,b"}, {"search", "disk, full"}, {"tail", "5"}},
             Endpoint::kLogs);
  RS_EXPECT_EQ(query.filters.dump(),
               R"({"min_level":"WARN","component":["a","b"],"search":"disk, full"})");
  for (const char* name : {"level", "component", "search", "tail"}) {
    const QueryError error = refused({{name, "1"}});
    RS_EXPECT_EQ(error.parameter, name);
    RS_EXPECT_EQ(error.message, std::string(name) + " is a parameter of /logs only");
  }
  RS_EXPECT_EQ(refused({{"search", ""}}, Endpoint::kLogs).message, "search must not be empty");
}

RS_TEST(metrics_have_their_own_parameters) {
  RS_EXPECT_EQ(parsed({{"names", "cpu.*,mem?"}}, Endpoint::kMetrics).filters.dump(),
               R"({"names":["cpu.*","mem?"]})");
  RS_EXPECT_EQ(refused({{"names", "cpu.*"}}, Endpoint::kLogs).message,
               "names is a parameter of /metrics only");
  RS_EXPECT_EQ(refused({{"interval", "5"}}).message, "interval is a parameter of /metrics only");
}

RS_TEST(two_ways_to_one_filter_are_refused) {
  const QueryError error =
      refused({{"level", "WARN"}, {"filter.min_level", "INFO"}}, Endpoint::kLogs);
  RS_EXPECT_EQ(error.parameter, "filter.min_level");
  RS_EXPECT_CONTAINS(error.message, "same filter");
}

RS_TEST(parameter_given_twice_is_refused) {
  RS_EXPECT_EQ(refused({{"batch_size", "5"}, {"batch_size", "5"}}).message,
               "batch_size is given twice");
  RS_EXPECT_EQ(refused({{"filter.a", "5"}, {"filter.a", "6"}}).parameter, "filter.a");
}

RS_TEST(unknown_parameter_is_refused_with_what_was_likely_meant) {
  RS_EXPECT_EQ(refused({{"batchsize", "5"}}).message,
               "batchsize is not a parameter; did you mean batch_size?");
  RS_EXPECT_EQ(refused({{"event", "x"}}).message, "event is not a parameter; did you mean events?");
  RS_EXPECT_EQ(refused({{"Token", "x"}}).message, "Token is not a parameter; did you mean token?");
  RS_EXPECT_EQ(refused({{"colour", "x"}}).message, "colour is not a parameter");
  RS_EXPECT_EQ(refused({{"", "x"}}).parameter, "");
  RS_EXPECT_NOT_CONTAINS(refused({{"nam", "x"}}).message, "names");
}

RS_TEST(refusal_never_repeats_a_token_nor_much_of_anything) {
  RS_EXPECT_EQ(parsed({{"token", "a.b.c"}}).token, "a.b.c");
  RS_EXPECT_EQ(parsed({{"token", ""}}).token, "");
  RS_EXPECT_NOT_CONTAINS(refused({{"token", "SECRET"}, {"token", "SECRET"}}).message, "SECRET");
  RS_EXPECT_NOT_CONTAINS(refused({{"tokn", "SECRET"}}).message, "SECRET");
  RS_EXPECT_LT(refused({{std::string(10'000, 'x'), "1"}}).message.size(), 200);
  RS_EXPECT_NOT_CONTAINS(refused({{"\x1b[2J", "1"}}).message, "\x1b");
}

RS_TEST(a_page_has_a_range_a_limit_and_an_order) {
  const auto page = [](const Arguments& arguments) {
    return parse_query(Endpoint::kEvents, arguments, QueryUse::kPage);
  };
  const auto query = page({{"since", "1a2b3c4d:1"},
                           {"until", "2025-09-26T10:00:00Z"},
                           {"limit", "1000"},
                           {"order", "newest"}});
  RS_EXPECT(query.has_value());
  RS_EXPECT_EQ(query->until, "2025-09-26T10:00:00Z");
  RS_EXPECT_EQ(query->limit.value_or(0), 1000U);
  RS_EXPECT(query->newest_first);
  RS_EXPECT(!page({})->limit);
  RS_EXPECT(!page({{"order", "oldest"}})->newest_first);
  for (const Arguments& bad : {Arguments{{"limit", "0"}}, Arguments{{"limit", "1001"}},
                               Arguments{{"order", "random"}}, Arguments{{"until", "yesterday"}}}) {
    RS_EXPECT(!page(bad));
  }
}

RS_TEST(a_parameter_of_the_other_use_is_refused_with_its_reason) {
  RS_EXPECT_CONTAINS(refused({{"limit", "5"}}).message, "pages of history");
  const auto page = parse_query(Endpoint::kEvents, {{"flush_ms", "5"}}, QueryUse::kPage);
  RS_EXPECT_CONTAINS(page.error().message, "parameter of streams");
}
