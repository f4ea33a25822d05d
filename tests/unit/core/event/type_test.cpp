// The names of event types: the six of the API, their short names, and the rule for all others.
#include "core/event/type.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using Names = std::vector<std::string>;

RS_TEST(every_core_type_is_found_by_its_full_name_and_resolved_from_its_alias) {
  const std::vector<std::pair<std::string, std::string>> api = {
      {"task", "TaskStatusChanged"},
      {"batch", "BatchOperationUpdate"},
      {"system", "SystemHealthUpdate"},
      {"workflow", "WorkflowProgressUpdate"},
      {"log", "LogEntry"},
      {"metric", "MetricUpdate"}};
  RS_EXPECT_EQ(core_event_types().size(), api.size());
  for (std::size_t i = 0; i < api.size(); ++i) {
    RS_EXPECT_EQ(core_event_types()[i].alias, api[i].first);
    RS_EXPECT_EQ(resolve_event_name(api[i].first), api[i].second);
    RS_EXPECT_EQ(resolve_event_name(api[i].second), api[i].second);
    RS_EXPECT_EQ(static_cast<int>(event_type_of(api[i].second)), static_cast<int>(i) + 1);
  }
}

RS_TEST(any_other_name_is_a_custom_type) {
  RS_EXPECT(event_type_of("CustomApplicationEvent") == EventType::kCustom);
  RS_EXPECT(event_type_of("task") == EventType::kCustom);
  RS_EXPECT(event_type_of("taskstatuschanged") == EventType::kCustom);
  RS_EXPECT_EQ(resolve_event_name("Task"), "Task");
}

RS_TEST(event_names_are_letters_digits_and_three_signs_64_at_most) {
  for (const char* good : {"A", "z", "Deploy.Started", "a-b_c.9", "TaskStatusChanged"}) {
    RS_EXPECT(is_valid_event_name(good));
  }
  RS_EXPECT(is_valid_event_name(std::string(64, 'a')));
  RS_EXPECT(!is_valid_event_name(std::string(65, 'a')));
  for (const char* bad : {"", "9a", "_a", ".a", "a b", "a/b", "a*", "*", "\xC3\xA4", "a\n"}) {
    RS_EXPECT(!is_valid_event_name(bad));
  }
  RS_EXPECT(!is_valid_event_name(std::string_view("a\0b", 3)));
}

RS_TEST(short_names_are_taken) {
  for (const EventTypeName& core : core_event_types()) {
    RS_EXPECT(!is_valid_event_name(core.alias));
    RS_EXPECT(is_subscribable_name(core.alias));
    RS_EXPECT(is_subscribable_name(core.full));
  }
  RS_EXPECT(is_subscribable_name("*"));
  RS_EXPECT(is_subscribable_name("Custom"));
  RS_EXPECT(!is_subscribable_name("**"));
  RS_EXPECT(!is_subscribable_name(""));
}

RS_TEST(resolving_a_list_keeps_its_order_and_drops_what_means_the_same) {
  RS_EXPECT_EQ(resolve_event_names({"task", "Custom", "TaskStatusChanged", "log", "Custom"}),
               Names({"TaskStatusChanged", "Custom", "LogEntry"}));
  RS_EXPECT_EQ(resolve_event_names({}), Names());
}
