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

RS_TEST(filters_of_roles_are_conditions_of_the_filter_language) {
  const AccessConfig config = read_access_config(
      {}, {},
      {"team-a: infra=staging|test; min_level=WARN", "cognito:ops: metadata.team=ops", "all: *"});
  RS_EXPECT(config.errors.empty());
  const auto passes = [&](const char* role, const char* event) {
    Identity who;
    who.roles = {role};
    const Json root = RS_UNWRAP(Json::parse(event));
    EventView view;
    view.root = root.ref();
    return RoleView(config.rules, who).rows().matches(view);
  };
  RS_EXPECT(passes("team-a", R"({"data":{"infra":"test","level":"ERROR"}})"));
  RS_EXPECT(!passes("team-a", R"({"data":{"infra":"test","level":"INFO"}})"));
  RS_EXPECT(!passes("team-a", R"({"data":{"infra":"prod","level":"ERROR"}})"));
  RS_EXPECT(passes("cognito:ops", R"({"metadata":{"team":"ops"}})"));
  RS_EXPECT(!passes("cognito:ops", R"({"data":{"team":"ops"}})"));
  RS_EXPECT(passes("all", "{}"));
}

RS_TEST(wrong_filters_of_roles_are_reported) {
  const AccessConfig config = read_access_config(
      {}, {},
      {"team-a", "team-a: infra", "team-a:", ": infra=x", "t: infra=", "t: a=1; a=2",
       "t: min_level=LOUD", "t: since=2025-01-01T00:00:00Z", "t: search.regex=(", "ok: a=1",
       "ok: a=2"});
  RS_EXPECT_EQ(config.errors.size(), 10U);
  for (const AccessConfigError& error : config.errors) {
    RS_EXPECT_EQ(error.option, "role-filters");
    RS_EXPECT_EQ(error.message.front(), '"');
  }
  RS_EXPECT_CONTAINS(config.errors[0].message, "must be ROLE: KEY=VALUE|VALUE");
  RS_EXPECT_CONTAINS(config.errors[6].message, "filters.min_level");
}
