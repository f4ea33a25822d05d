#include "module/delivery/series_table.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::vector<std::int64_t> numbers(ModuleFixture& fixture, SeriesTable& table, Seq after) {
  const View view(RoleView(fixture.vhost->rules(), ModuleFixture::identity({})),
                  Subscription::everything(nullptr));
  FakeConnection connection;
  const auto chunk = table.render(fixture.hub->render_context(), view, {10, false}, after);
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
  RS_EXPECT(!table.update(fixture.hub->records(), 100));
  RS_EXPECT(table.caught_up(fixture.hub->records()));
  RS_EXPECT_EQ(numbers(fixture, table, Seq{0}), (std::vector<std::int64_t>{2, 4}));
  RS_EXPECT_EQ(numbers(fixture, table, Seq{2}), (std::vector<std::int64_t>{4}));
  RS_EXPECT(numbers(fixture, table, Seq{4}).empty());
}

RS_TEST(fills_in_slices) {
  ModuleFixture fixture;
  for (int n = 1; n <= 10; ++n) {
    fixture.append("MetricUpdate", n, R"("metric_name":"m","value":1)");
  }
  (void)fixture.hub->records().read_new(100);
  SeriesTable table;
  table.start(fixture.hub->records(), Seq{1});
  RS_EXPECT(table.update(fixture.hub->records(), 4));
  RS_EXPECT(table.update(fixture.hub->records(), 4));
  RS_EXPECT(!table.update(fixture.hub->records(), 4));
}
