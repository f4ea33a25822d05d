#include "module/delivery/series_table.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::vector<std::int64_t> numbers(ModuleFixture& fixture, SeriesTable& table, Seq after) {
  const View view(RoleView(fixture.vhost->rules(), ModuleFixture::identity({})),
                  Subscription::everything(nullptr));
  FakeConnection connection;
  const auto chunk = table.render(fixture.context(), view, fixture.shape(10), after);
  if (!chunk->frames.empty()) {
    RS_EXPECT(connection.send(chunk->frames.frames()));
  }
  return connection.event_numbers();
}

}  // namespace

RS_TEST(labels_make_series_whatever_their_order) {
  const auto key = [](const char* text) { return series_key(RS_UNWRAP(Json::parse(text)).ref()); };
  RS_EXPECT_EQ(key(R"({"data":{"metric_name":"cpu","labels":{"a":"1","b":"2"}}})"),
               key(R"({"data":{"metric_name":"cpu","labels":{"b":"2","a":"1"}}})"));
  RS_EXPECT_NE(key(R"({"data":{"metric_name":"cpu","labels":{"a":"1"}}})"),
               key(R"({"data":{"metric_name":"cpu"}})"));
  RS_EXPECT(key(R"({"data":{}})").empty());
}

RS_TEST(holds_the_latest_of_each_series_in_order_of_sequence) {
  ModuleFixture fixture;
  fixture.append("MetricUpdate", 1, R"("metric_name":"cpu","value":1)");
  fixture.append("MetricUpdate", 2, R"("metric_name":"mem","value":1)");
  fixture.append("LogEntry", 3);
  fixture.append("MetricUpdate", 4, R"("metric_name":"cpu","value":2)");
  (void)fixture.hub->records().read_new(100);
  SeriesTable table;
  RS_EXPECT(!table.caught_up(fixture.hub->records()));
  table.start(fixture.hub->records(), Seq{1});
  RS_EXPECT(!table.update(fixture.hub->records(), *fixture.context().budget));
  RS_EXPECT(table.caught_up(fixture.hub->records()));
  RS_EXPECT_EQ(numbers(fixture, table, Seq{0}), (std::vector<std::int64_t>{2, 4}));
  RS_EXPECT_EQ(numbers(fixture, table, Seq{2}), (std::vector<std::int64_t>{4}));
  RS_EXPECT(numbers(fixture, table, Seq{4}).empty());
}

RS_TEST(fills_in_slices_of_the_budget) {
  ModuleFixture fixture;
  for (int n = 1; n <= 40; ++n) {
    fixture.append("MetricUpdate", n, R"("metric_name":"m","value":1)");
  }
  (void)fixture.hub->records().read_new(100);
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(1);
  int n_slices = 0;
  for (bool more = true; more; ++n_slices) {
    WorkBudget budget(fixture.clock, std::chrono::milliseconds(1));
    const Seq before = table.next();
    more = table.update(fixture.hub->records(), budget);
    RS_EXPECT(table.next() > before);
  }
  RS_EXPECT(n_slices > 3);
  RS_EXPECT(table.caught_up(fixture.hub->records()));
}

RS_TEST(evicts_the_longest_silent_series_and_counts_it) {
  ModuleFixture fixture;
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  const std::string padding(3000, 'x');
  const std::size_t n_series = SeriesTable::kMaxBytes / padding.size();
  for (std::size_t n = 1; n <= n_series; ++n) {
    fixture.append("MetricUpdate", static_cast<std::int64_t>(n),
                   R"("value":1,"metric_name":"m)" + std::to_string(n) + padding + '"');
    (void)fixture.hub->records().read_new(100);
    (void)table.update(fixture.hub->records(), *fixture.context().budget);
  }
  RS_EXPECT(table.n_bytes() <= SeriesTable::kMaxBytes);
  RS_EXPECT_EQ(table.size() + table.n_left_out(), n_series);
  RS_EXPECT(table.n_left_out() > 0);
  const Seq last_evicted{table.n_left_out()};
  RS_EXPECT_EQ(table.n_left_out(last_evicted), 0U);
  RS_EXPECT_EQ(table.n_left_out(Seq{last_evicted.value - 1}), 1U);
  RS_EXPECT_EQ(table.n_left_out(Seq{0}), table.n_left_out());
}

RS_TEST(an_event_that_is_too_long_is_left_out_and_counted) {
  ModuleFixture fixture;
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  fixture.append(
      "MetricUpdate", 1,
      R"("metric_name":"m","value":")" + std::string(SeriesTable::kMaxEventBytes, 'x') + '"');
  (void)fixture.hub->records().read_new(100);
  (void)table.update(fixture.hub->records(), *fixture.context().budget);
  RS_EXPECT_EQ(table.size(), 0U);
  RS_EXPECT_EQ(table.n_left_out(), 1U);
}

RS_TEST(a_snapshot_is_rendered_in_chunks_each_series_once) {
  ModuleFixture fixture;
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  const std::string padding(1000, 'x');
  std::vector<std::int64_t> wanted;
  for (int n = 1; n <= 50; ++n) {
    fixture.append("MetricUpdate", n,
                   R"("value":1,"metric_name":"m)" + std::to_string(n) + padding + '"');
    (void)fixture.hub->records().read_new(100);
    (void)table.update(fixture.hub->records(), *fixture.context().budget);
    wanted.push_back(n);
  }
  const View view(RoleView(fixture.vhost->rules(), ModuleFixture::identity({})),
                  Subscription::everything(nullptr));
  FakeConnection connection;
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(1);
  int n_chunks = 0;
  for (Seq after{0}; after.next() < table.next(); ++n_chunks) {
    WorkBudget budget(fixture.clock, std::chrono::milliseconds(1));
    const WorkScope scope(fixture.hub->render_context(), budget);
    const auto chunk = table.render(fixture.hub->render_context(), view, fixture.shape(10), after);
    RS_EXPECT(connection.send(chunk->frames.frames()));
    after = Seq{chunk->end.value - 1};
  }
  RS_EXPECT(n_chunks >= 1);
  RS_EXPECT_EQ(connection.event_numbers(), wanted);
}

// --- rows

RS_TEST(what_tells_rows_apart_tells_series_apart) {
  ModuleFixture fixture;
  fixture.append("MetricUpdate", 1, R"("metric_name":"cpu","team":"a","value":1)");
  fixture.append("MetricUpdate", 2, R"("metric_name":"cpu","team":"b","value":2)");
  fixture.append("MetricUpdate", 3, R"("metric_name":"cpu","team":"b","value":3)");
  (void)fixture.hub->records().read_new(100);
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  RS_EXPECT(!table.update(fixture.hub->records(), *fixture.context().budget));
  RS_EXPECT_EQ(numbers(fixture, table, Seq{0}), (std::vector<std::int64_t>{3}));
  table.separate_by({"team"}, Seq{1});
  RS_EXPECT(!table.caught_up(fixture.hub->records()));
  RS_EXPECT(!table.update(fixture.hub->records(), *fixture.context().budget));
  RS_EXPECT_EQ(numbers(fixture, table, Seq{0}), (std::vector<std::int64_t>{1, 3}));
  // A path that is known already changes nothing.
  table.separate_by({"team"}, Seq{1});
  RS_EXPECT(table.caught_up(fixture.hub->records()));
}

RS_TEST(a_search_or_too_many_paths_separate_by_everything_but_the_value) {
  const auto key = [](const char* data, const std::vector<std::string>& paths) {
    const Json root = RS_UNWRAP(Json::parse(
        std::string(R"({"metadata":{"m":1},"data":{"metric_name":"cpu",)") + data + "}}"));
    EventView event;
    event.root = root.ref();
    return series_key(event, paths);
  };
  const std::vector<std::string> every{std::string(kEveryPath)};
  RS_EXPECT_EQ(key(R"("value":1,"x":"a")", every), key(R"("value":2,"x":"a")", every));
  RS_EXPECT_NE(key(R"("value":1,"x":"a")", every), key(R"("value":1,"x":"b")", every));
  RS_EXPECT_NE(key(R"("a":12)", every), key(R"("a1":2)", every));  // where names and values end
  RS_EXPECT_NE(key(R"("a":1,"2b":3)", every), key(R"("a":12,"b":3)", every));
  ModuleFixture fixture;
  fixture.append("MetricUpdate", 1, R"("metric_name":"cpu","other":"a","value":1)");
  fixture.append("MetricUpdate", 2, R"("metric_name":"cpu","other":"b","value":2)");
  (void)fixture.hub->records().read_new(100);
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= SeriesTable::kMaxPaths; ++i) {
    many.push_back("p" + std::to_string(i));
  }
  table.separate_by(many, Seq{1});
  RS_EXPECT(!table.update(fixture.hub->records(), *fixture.context().budget));
  RS_EXPECT_EQ(numbers(fixture, table, Seq{0}), (std::vector<std::int64_t>{1, 2}));
}

// --- when it begins, and what it keeps

RS_TEST(it_begins_once_from_the_oldest_that_is_held) {
  ModuleFixture fixture;
  for (int n = 1; n <= 4; ++n) {
    fixture.append("MetricUpdate", n, R"("value":1,"metric_name":"m)" + std::to_string(n) + '"');
  }
  RecordCache& records = fixture.hub->records();
  (void)records.read_new(100);
  SeriesTable table;
  RS_EXPECT(!table.update(records, *fixture.context().budget));  // nobody has asked for it
  RS_EXPECT_EQ(table.size(), 0U);
  table.start(records, Seq{3});
  table.start(records, Seq{1});
  RS_EXPECT_EQ(table.next().value, 3U);
  RS_EXPECT(!table.update(records, *fixture.context().budget));
  RS_EXPECT_EQ(table.size(), 2U);
  RS_EXPECT_EQ(table.next().value, 5U);
}

RS_TEST(a_new_value_takes_the_place_of_the_old_one_in_the_memory_too) {
  ModuleFixture fixture;
  RecordCache& records = fixture.hub->records();
  SeriesTable table;
  table.start(records, Seq{1});
  const auto take = [&](std::int64_t n, const std::string& name) {
    fixture.append("MetricUpdate", n, R"("value":1,"metric_name":")" + name + '"');
    (void)records.read_new(100);
    (void)table.update(records, *fixture.context().budget);
  };
  take(1, "a");
  const std::size_t one = table.n_bytes();
  RS_EXPECT_GT(one, 100U);
  take(2, "a");
  RS_EXPECT_EQ(table.n_bytes(), one);
  RS_EXPECT_EQ(table.size(), 1U);
  take(3, "b");
  RS_EXPECT_EQ(table.n_bytes(), 2 * one);
  RS_EXPECT_EQ(table.n_left_out(), 0U);
}

RS_TEST(a_metric_without_a_name_is_left_out_and_other_events_are_not_of_the_table) {
  ModuleFixture fixture;
  fixture.append("MetricUpdate", 1);
  fixture.append("LogEntry", 2, R"("metric_name":"m")");
  fixture.append("MetricUpdate", 3, R"("metric_name":"m")");
  (void)fixture.hub->records().read_new(100);
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  (void)table.update(fixture.hub->records(), *fixture.context().budget);
  RS_EXPECT_EQ(table.size(), 1U);
  RS_EXPECT_EQ(table.n_left_out(), 1U);
  RS_EXPECT_EQ(table.n_left_out(Seq{1}), 0U);
  RS_EXPECT_EQ(numbers(fixture, table, Seq{0}), (std::vector<std::int64_t>{3}));
}

RS_TEST(a_rendered_part_says_what_is_in_it_and_what_it_left_out) {
  ModuleFixture fixture(Settings{{"roles", "MetricUpdate=viewer"}});
  for (int n = 1; n <= 4; ++n) {
    fixture.append("MetricUpdate", n,
                   R"("value":1,"metric_name":"m)" + std::to_string(n) + R"(","even":)" +
                       (n % 2 == 0 ? "true" : "false"));
    fixture.clock.advance(std::chrono::seconds(1));
  }
  (void)fixture.hub->records().read_new(100);
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  (void)table.update(fixture.hub->records(), *fixture.context().budget);
  const Json even = RS_UNWRAP(Json::parse(R"({"even":true})"));
  const View view(RoleView(fixture.vhost->rules(), ModuleFixture::identity({"viewer"})),
                  Subscription::everything(*Filter::compile(even.ref())));
  auto chunk = table.render(fixture.context(), view, fixture.shape(10), Seq{0});
  RS_EXPECT_EQ(chunk->begin.value, 1U);
  RS_EXPECT_EQ(chunk->end.value, 5U);
  RS_EXPECT_EQ(chunk->n_events, 2U);
  RS_EXPECT_EQ(chunk->n_filtered, 2U);
  RS_EXPECT_EQ(chunk->n_denied, 0U);
  RS_EXPECT_EQ(chunk->first_event.value, 2U);
  RS_EXPECT_EQ(chunk->last_event.value, 4U);
  RS_EXPECT(chunk->oldest == fixture.clock.wall_now() - std::chrono::seconds(3));
  const View other(RoleView(fixture.vhost->rules(), ModuleFixture::identity({"developer"})),
                   Subscription::everything(nullptr));
  chunk = table.render(fixture.context(), other, fixture.shape(10), Seq{0});
  RS_EXPECT_EQ(chunk->n_events, 0U);
  RS_EXPECT_EQ(chunk->n_denied, 4U);
  RS_EXPECT_EQ(chunk->n_filtered, 0U);
}
