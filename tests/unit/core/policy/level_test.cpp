// Log levels: one order for the words of many producers.
#include "core/policy/level.hpp"

#include <string>
#include <vector>

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(levels_ascend_in_the_documented_order) {
  const std::vector<std::string> names = {"TRACE", "DEBUG",    "INFO",  "NOTICE",   "WARN",
                                          "ERROR", "CRITICAL", "ALERT", "EMERGENCY"};
  for (std::size_t i = 1; i < names.size(); ++i) {
    RS_EXPECT(*parse_log_level(names[i - 1]) < *parse_log_level(names[i]));
    RS_EXPECT_CONTAINS(log_level_names(), names[i]);
  }
}

RS_TEST(spellings_of_one_level_are_equal_whatever_their_case) {
  const std::vector<std::vector<std::string>> groups = {{"WARN", "WARNING", "warning", "Warn"},
                                                        {"ERROR", "ERR", "err"},
                                                        {"CRITICAL", "CRIT", "FATAL", "fatal"},
                                                        {"EMERGENCY", "EMERG", "PANIC", "panic"}};
  for (const auto& group : groups) {
    for (const std::string& name : group) {
      RS_EXPECT(parse_log_level(name) == parse_log_level(group[0]));
    }
  }
}

RS_TEST(anything_else_is_no_level) {
  for (const char* name : {"", "WARNINGS", "LOUD", "INF", " INFO", "4"}) {
    RS_EXPECT(!parse_log_level(name).has_value());
  }
}
