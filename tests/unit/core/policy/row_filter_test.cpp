// Rows: every part must pass, one alternative of each part is enough, and equal rights have equal keys.
#include "core/policy/row_filter.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

std::shared_ptr<const Filter> compiled(const std::string& filters) {
  const Json json = RS_UNWRAP(Json::parse(filters));
  auto filter = Filter::compile(json.ref());
  RS_EXPECT(filter.has_value());
  return *filter;
}

RowFilter rows_of(const std::vector<RowFilter::Filters>& parts) {
  RowFilter rows;
  for (const auto& part : parts) {
    rows.require_one_of(part);
  }
  return rows;
}

bool passes(const RowFilter& rows, const std::string& data) {
  const Json root = RS_UNWRAP(Json::parse(R"({"event_type":"A","data":)" + data + "}"));
  EventView event;
  event.root = root.ref();
  return rows.matches(event);
}

}  // namespace

RS_TEST(nothing_required_lets_every_row_through) {
  for (const RowFilter& rows :
       {RowFilter(), rows_of({{}}), rows_of({{nullptr}}), rows_of({{compiled("{}")}}),
        rows_of({{compiled(R"({"team":"a"})"), compiled("{}")}})}) {
    RS_EXPECT(!rows.limits());
    RS_EXPECT_EQ(rows.key(), "");
    RS_EXPECT(passes(rows, "{}"));
  }
}

RS_TEST(alternatives_are_ored_and_parts_are_anded) {
  const RowFilter rows = rows_of({{compiled(R"({"team":"a"})"), compiled(R"({"team":"b"})")},
                                  {compiled(R"({"min_level":"WARN"})")}});
  RS_EXPECT(rows.limits());
  RS_EXPECT(passes(rows, R"({"team":"a","level":"ERROR"})"));
  RS_EXPECT(passes(rows, R"({"team":"b","level":"WARN"})"));
  RS_EXPECT(!passes(rows, R"({"team":"c","level":"ERROR"})"));
  RS_EXPECT(!passes(rows, R"({"team":"a","level":"INFO"})"));
  RS_EXPECT(!passes(rows, R"({"level":"ERROR"})"));
}

RS_TEST(equal_rights_have_equal_keys_wherever_they_come_from) {
  const auto a = compiled(R"({"team":"a"})");
  const auto b = compiled(R"({"team":"b"})");
  RS_EXPECT_EQ(rows_of({{a, b}}).key(), rows_of({{b, a, b}}).key());
  RS_EXPECT_EQ(rows_of({{a}, {b}}).key(), rows_of({{b}, {a}, {b}}).key());
  RS_EXPECT_EQ(rows_of({{a}, {a}}).key(), rows_of({{compiled(R"({"team":["a"]})")}}).key());
  RS_EXPECT_NE(rows_of({{a, b}}).key(), rows_of({{a}, {b}}).key());
  RS_EXPECT_NE(rows_of({{a}}).key(), rows_of({{b}}).key());
}

RS_TEST(the_paths_are_those_of_all_filters) {
  const RowFilter rows =
      rows_of({{compiled(R"({"metadata.team":"a","min_level":"WARN"})")},
               {compiled(R"({"names":"cpu.*"})"), compiled(R"({"search":"x"})")}});
  RS_EXPECT_EQ(rows.paths(), (std::vector<std::string>{std::string(kEveryPath), "data.metric_name",
                                                       "level", "metadata.team"}));
  RS_EXPECT(rows.is_costly());
  RS_EXPECT(!rows_of({{compiled(R"({"team":"a"})")}}).is_costly());
}
