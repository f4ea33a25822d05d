#include "core/control/counters.hpp"

#include <map>
#include <set>
#include <string>

#include "tests/support/rs_test.hpp"

namespace ringside::test {

RS_TEST(table_holds_every_counter_in_the_order_of_the_enumeration) {
  RS_EXPECT_EQ(counter_table().size(), static_cast<std::size_t>(Counter::kCount));
  std::size_t i = 0;
  for (const CounterInfo& info : counter_table()) {
    RS_EXPECT_EQ(static_cast<std::size_t>(info.counter), i++);
  }
}

RS_TEST(no_two_counters_have_the_same_name_and_labels) {
  std::set<std::string> seen;
  for (const CounterInfo& info : counter_table()) {
    RS_EXPECT(seen.insert(std::string(info.metric) + "{" + std::string(info.labels) + "}").second);
  }
}

RS_TEST(one_metric_has_one_kind_and_one_help_text) {
  std::map<std::string_view, const CounterInfo*> first;
  for (const CounterInfo& info : counter_table()) {
    const CounterInfo& other = *first.emplace(info.metric, &info).first->second;
    RS_EXPECT_EQ(other.kind, info.kind);
    RS_EXPECT_EQ(other.help, info.help);
  }
}

// Prometheus' naming rules, https://prometheus.io/docs/practices/naming/.
RS_TEST(names_follow_the_conventions_of_prometheus) {
  for (const CounterInfo& info : counter_table()) {
    RS_EXPECT(info.metric.starts_with("ringside_"));
    RS_EXPECT_EQ(info.metric.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
                 std::string_view::npos);
    RS_EXPECT_EQ(info.metric.ends_with("_total"), info.kind == CounterKind::counter);
    RS_EXPECT(!info.help.empty());
    RS_EXPECT_EQ(info.help.find_first_of("\n\\"), std::string_view::npos);
  }
}

}  // namespace ringside::test
