#include "core/policy/access_config.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(entries_become_rules) {
  const AccessConfig config = read_access_config({"log=ops| dev ", "Custom="}, {"/data/ip=admin"});
  RS_EXPECT(config.errors.empty());
  RS_EXPECT_EQ(config.rules.restricted().size(), 1U);
  bool found = false;
  for (const auto& required : config.rules.required()) {
    if (required.type == "LogEntry") {
      found = required.roles == std::vector<std::string>{"ops", "dev"};
    }
  }
  RS_EXPECT(found);
}

RS_TEST(every_wrong_entry_is_reported_with_its_option) {
  const AccessConfig config =
      read_access_config({"LogEntry", "=x", " =x", "no type=x"}, {"data=admin", "/id=admin"});
  RS_EXPECT_EQ(config.errors.size(), 6U);
  RS_EXPECT_EQ(config.errors[0].option, "roles");
  RS_EXPECT_CONTAINS(config.errors[0].message, "\"LogEntry\" must be NAME=ROLE|ROLE");
  RS_EXPECT_EQ(config.errors[5].option, "restrict");
}
