// Access: which types a role opens, what a token's own list leaves, which members are left out.
#include "core/policy/access.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using Names = std::vector<std::string>;

namespace {

Identity identity(Names roles, std::optional<Names> events = std::nullopt,
                  std::string user = "alice") {
  Identity made;
  made.user = std::move(user);
  made.roles = std::move(roles);
  made.events = std::move(events);
  return made;
}

bool sees(const RoleView& view, const std::string& name) {
  return view.may_see(event_type_of(name), name);
}

AccessRules restricting(const Names& pointers) {
  AccessRules rules;
  for (const std::string& pointer : pointers) {
    RS_EXPECT_OK(rules.restrict_field(pointer, {"admin"}));
  }
  return rules;
}

// What is left of `event` for someone without roles.
std::string projected(const Names& pointers, const std::string& event) {
  const RoleView view(restricting(pointers), identity({}));
  const Json json = RS_UNWRAP(Json::parse(event));
  const bool removed = view.project(json.ref());
  RS_EXPECT_EQ(removed, json.dump() != event);
  return json.dump();
}

}  // namespace

RS_TEST(default_table_is_the_documented_one) {
  const AccessRules rules;
  struct {
    Names roles;
    bool system, log;
  } const cases[] = {{{}, false, false},
                     {{"viewer"}, false, false},
                     {{"developer"}, false, true},
                     {{"admin"}, true, true},
                     {{"viewer", "developer"}, false, true},
                     {{"Admin"}, false, false}};
  for (const auto& expected : cases) {
    const RoleView view(rules, identity(expected.roles));
    RS_EXPECT_EQ(sees(view, "SystemHealthUpdate"), expected.system);
    RS_EXPECT_EQ(sees(view, "LogEntry"), expected.log);
    for (const char* open : {"TaskStatusChanged", "BatchOperationUpdate", "WorkflowProgressUpdate",
                             "MetricUpdate", "Custom"}) {
      RS_EXPECT(sees(view, open));
    }
    RS_EXPECT_EQ(view.visible_events(), Names({"*"}));
  }
}

RS_TEST(table_is_changed_by_full_name_alias_and_custom_name) {
  AccessRules rules;
  RS_EXPECT_OK(rules.require_roles("task", {"operator"}));
  RS_EXPECT_OK(rules.require_roles("LogEntry", {"auditor"}));
  RS_EXPECT_OK(rules.require_roles("Payroll", {"hr"}));
  RS_EXPECT_OK(rules.require_roles("system", {}));
  const RoleView admin(rules, identity({"admin"}));
  RS_EXPECT(!sees(admin, "TaskStatusChanged"));
  RS_EXPECT(!sees(admin, "LogEntry"));
  RS_EXPECT(!sees(admin, "Payroll"));
  RS_EXPECT(sees(admin, "SystemHealthUpdate"));
  const RoleView all(rules, identity({"operator", "auditor", "hr"}));
  RS_EXPECT(sees(all, "TaskStatusChanged"));
  RS_EXPECT(sees(all, "LogEntry"));
  RS_EXPECT(sees(all, "Payroll"));
}

RS_TEST(claim_events_narrows_and_never_widens) {
  const AccessRules rules;
  const RoleView view(
      rules, identity({"developer"}, Names{"task", "LogEntry", "SystemHealthUpdate", "Custom"}));
  RS_EXPECT(sees(view, "TaskStatusChanged"));
  RS_EXPECT(sees(view, "LogEntry"));
  RS_EXPECT(sees(view, "Custom"));
  RS_EXPECT(!sees(view, "SystemHealthUpdate"));
  RS_EXPECT(!sees(view, "MetricUpdate"));
  RS_EXPECT(!sees(view, "Other"));
  RS_EXPECT_EQ(view.visible_events(), Names({"Custom", "LogEntry", "TaskStatusChanged"}));
}

RS_TEST(empty_claim_events_sees_nothing_and_star_all) {
  const AccessRules rules;
  const RoleView none(rules, identity({"admin"}, Names{}));
  RS_EXPECT(!sees(none, "TaskStatusChanged"));
  RS_EXPECT_EQ(none.visible_events(), Names());
  const RoleView all(rules, identity({"admin"}, Names{"*"}));
  RS_EXPECT(sees(all, "Custom"));
  RS_EXPECT_EQ(all.key(), RoleView(rules, identity({"admin"})).key());
}

RS_TEST(wrong_rules_are_refused) {
  AccessRules rules;
  RS_EXPECT(!rules.require_roles("not a type", {"admin"}));
  RS_EXPECT(!rules.require_roles("*", {"admin"}));
  RS_EXPECT(!rules.require_roles("task", {"admin", ""}));
  for (const char* pointer :
       {"", "data", "/event_type", "/timestamp", "/id", "/*", "/data/~2", "/data/a~"}) {
    RS_EXPECT(!rules.restrict_field(pointer, {"admin"}));
  }
  RS_EXPECT(!rules.restrict_field("/data/x", {}));
  RS_EXPECT(!rules.restrict_field("/data/x", {""}));
  RS_EXPECT(rules.restricted().empty());
  RS_EXPECT_EQ(rules.required().size(), 2u);
}

RS_TEST(restricted_member_is_left_out_for_others_and_kept_for_the_role) {
  const AccessRules rules = restricting({"/data/details/ip_address"});
  const RoleView admin(rules, identity({"admin"}));
  const RoleView viewer(rules, identity({"viewer"}));
  RS_EXPECT(!admin.hides_fields());
  RS_EXPECT(viewer.hides_fields());
  RS_EXPECT_EQ(projected({"/data/details/ip_address"},
                         R"({"data":{"details":{"ip_address":"10.0.1.100","host":"web"}}})"),
               R"({"data":{"details":{"host":"web"}}})");
}

RS_TEST(pointer_steps_through_arrays_and_wildcards) {
  const std::string event =
      R"({"data":{"ops":[{"ip":1,"n":2},{"ip":3},{"n":4}],"m":{"a":{"ip":5},"b":{"ip":6}}}})";
  RS_EXPECT_EQ(projected({"/data/ops/*/ip"}, event),
               R"({"data":{"ops":[{"n":2},{},{"n":4}],"m":{"a":{"ip":5},"b":{"ip":6}}}})");
  RS_EXPECT_EQ(projected({"/data/ops/1/ip"}, event),
               R"({"data":{"ops":[{"ip":1,"n":2},{},{"n":4}],"m":{"a":{"ip":5},"b":{"ip":6}}}})");
  RS_EXPECT_EQ(projected({"/data/*/*/ip"}, event),
               R"({"data":{"ops":[{"n":2},{},{"n":4}],"m":{"a":{},"b":{}}}})");
  RS_EXPECT_EQ(projected({"/data/ops/0"}, event),
               R"({"data":{"ops":[{"ip":3},{"n":4}],"m":{"a":{"ip":5},"b":{"ip":6}}}})");
  RS_EXPECT_EQ(projected({"/data/ops/*", "/data/m/*"}, event), R"({"data":{"ops":[],"m":{}}})");
  RS_EXPECT_EQ(projected({"/data"}, event), "{}");
}

RS_TEST(escaped_steps_name_members_with_slash_and_tilde) {
  RS_EXPECT_EQ(projected({"/data/a~1b", "/data/c~0d", "/data/~01"},
                         R"({"data":{"a/b":1,"c~d":2,"~1":3,"e":4}})"),
               R"({"data":{"e":4}})");
  RS_EXPECT_EQ(projected({"/data/"}, R"({"data":{"":1,"e":4}})"), R"({"data":{"e":4}})");
}

RS_TEST(pointer_that_leads_nowhere_changes_nothing) {
  for (const char* event :
       {R"({"data":{"a":1}})", R"({"data":[1,2]})", R"({"data":null})", "{}", "[]", "5"}) {
    RS_EXPECT_EQ(
        projected({"/data/x/y", "/data/7", "/data/*/z", "/metadata/q", "/data/01/x"}, event),
        event);
  }
}

RS_TEST(equal_visibility_has_equal_keys_whoever_the_user) {
  AccessRules rules = restricting({"/data/ip"});
  RS_EXPECT_EQ(RoleView(rules, identity({"viewer"}, {}, "a")).key(),
               RoleView(rules, identity({"intern"}, {}, "b")).key());
  RS_EXPECT_EQ(RoleView(rules, identity({"admin"})).key(),
               RoleView(rules, identity({"admin", "developer"})).key());
  RS_EXPECT_EQ(RoleView(rules, identity({}, Names{"log", "task"})).key(),
               RoleView(rules, identity({}, Names{"TaskStatusChanged"})).key());
  RS_EXPECT_NE(RoleView(rules, identity({"viewer"})).key(),
               RoleView(rules, identity({"developer"})).key());
  RS_EXPECT_NE(RoleView(rules, identity({"developer"})).key(),
               RoleView(rules, identity({"admin"})).key());
  RS_EXPECT_NE(RoleView(rules, identity({}, Names{"task"})).key(),
               RoleView(rules, identity({}, Names{"batch"})).key());
  RS_EXPECT_NE(RoleView(rules, identity({}, Names{"task"})).key(),
               RoleView(AccessRules(), identity({}, Names{"task"})).key());
}

RS_TEST(keys_do_not_depend_on_the_order_of_the_rules) {
  AccessRules a;
  AccessRules b;
  RS_EXPECT_OK(a.restrict_field("/data/x", {"admin"}));
  RS_EXPECT_OK(a.restrict_field("/data/y", {"admin"}));
  RS_EXPECT_OK(b.restrict_field("/data/y", {"admin"}));
  RS_EXPECT_OK(b.restrict_field("/data/x", {"admin"}));
  RS_EXPECT_OK(b.restrict_field("/data/x", {"admin", "ops"}));
  RS_EXPECT_EQ(RoleView(a, identity({})).key(), RoleView(b, identity({})).key());
}

RS_TEST(a_pointer_that_leads_nowhere_does_not_undo_one_that_does) {
  const std::string event = R"({"data":{"a":1,"l":[1,2],"m":{"x":1},"n":{"y":1}}})";
  RS_EXPECT_EQ(projected({"/data/a", "/data/q"}, event),
               R"({"data":{"l":[1,2],"m":{"x":1},"n":{"y":1}}})");
  RS_EXPECT_EQ(projected({"/data/l/*"}, event),
               R"({"data":{"a":1,"l":[],"m":{"x":1},"n":{"y":1}}})");
  RS_EXPECT_EQ(projected({"/data/m/*"}, event), R"({"data":{"a":1,"l":[1,2],"m":{},"n":{"y":1}}})");
  RS_EXPECT_EQ(projected({"/data/*/x"}, event), R"({"data":{"a":1,"l":[1,2],"m":{},"n":{"y":1}}})");
  RS_EXPECT_EQ(projected({"/data/l/0"}, event),
               R"({"data":{"a":1,"l":[2],"m":{"x":1},"n":{"y":1}}})");
  for (const char* pointer :
       {"/data/l/x", "/data/l/2", "/data/l/0/x", "/data/l/x/y", "/data/a/*", "/data/q/*"}) {
    RS_EXPECT_EQ(projected({pointer}, event), event);
  }
  RS_EXPECT_EQ(projected({"/data/l/*", "/data/m/*"}, R"({"data":{"l":[],"m":{}}})"),
               R"({"data":{"l":[],"m":{}}})");
  RS_EXPECT_EQ(projected({"/data/l/0/x", "/data/l/*/x"}, R"({"data":{"l":[{"x":1},{"y":2}]}})"),
               R"({"data":{"l":[{},{"y":2}]}})");
}

RS_TEST(members_of_data_may_have_the_names_that_every_client_needs) {
  for (const char* name : {"event_type", "timestamp", "id", "*"}) {
    AccessRules rules;
    RS_EXPECT(!rules.restrict_field("/" + std::string(name), {"admin"}));
    RS_EXPECT_OK(rules.restrict_field("/data/" + std::string(name), {"admin"}));
  }
}

RS_TEST(a_key_holds_each_list_with_its_lengths) {
  AccessRules rules = restricting({"/data/b", "/data/a;"});
  RS_EXPECT_EQ(RoleView(rules, identity({})).key(),
               "not 8:LogEntry 18:SystemHealthUpdate;hide 8:/data/a; 7:/data/b;");
  RS_EXPECT_EQ(RoleView(AccessRules(), identity({"admin"}, Names{"task"})).key(),
               "only 17:TaskStatusChanged;hide;");
}

// --- rows

namespace {

std::shared_ptr<const Filter> team(const std::string& name) {
  const Json json = RS_UNWRAP(Json::parse(R"({"team":")" + name + "\"}"));
  return *Filter::compile(json.ref());
}

bool sees_team(const RoleView& view, const std::string& name) {
  const Json root = RS_UNWRAP(Json::parse(R"({"data":{"team":")" + name + "\"}}"));
  EventView event;
  event.root = root.ref();
  return view.rows().matches(event);
}

AccessRules with_teams() {
  AccessRules rules;
  RS_EXPECT_OK(rules.filter_role("team-a", team("a")));
  RS_EXPECT_OK(rules.filter_role("team-b", team("b")));
  RS_EXPECT_OK(rules.filter_role("all", *Filter::compile(RS_UNWRAP(Json::parse("{}")).ref())));
  return rules;
}

}  // namespace

RS_TEST(one_of_the_filters_of_several_roles_must_pass) {
  const AccessRules rules = with_teams();
  struct {
    Names roles;
    bool a, b, c;
  } const cases[] = {{{"team-a"}, true, false, false},
                     {{"team-a", "team-b"}, true, true, false},
                     {{"team-b", "admin"}, false, true, false},
                     {{"team-b", "all"}, true, true, true},
                     {{"admin"}, true, true, true},
                     {{}, true, true, true}};
  for (const auto& expected : cases) {
    const RoleView view(rules, identity(expected.roles));
    RS_EXPECT_EQ(sees_team(view, "a"), expected.a);
    RS_EXPECT_EQ(sees_team(view, "b"), expected.b);
    RS_EXPECT_EQ(sees_team(view, "c"), expected.c);
    RS_EXPECT_EQ(view.hides_rows(), !expected.c);
  }
}

RS_TEST(the_filter_of_a_token_narrows_what_its_roles_leave) {
  const AccessRules rules = with_teams();
  Identity who = identity({"team-a", "team-b"});
  who.filter = team("b");
  RS_EXPECT(sees_team(RoleView(rules, who), "b"));
  RS_EXPECT(!sees_team(RoleView(rules, who), "a"));
  who.filter = team("c");
  RS_EXPECT(!sees_team(RoleView(rules, who), "c"));
  who.roles = {"admin"};
  RS_EXPECT(sees_team(RoleView(rules, who), "c"));
  RS_EXPECT(!sees_team(RoleView(rules, who), "a"));
}

RS_TEST(equal_rows_have_equal_keys_by_token_or_by_role) {
  const AccessRules rules = with_teams();
  Identity by_token = identity({});
  by_token.filter = team("a");
  const RoleView by_role(rules, identity({"team-a"}));
  RS_EXPECT_EQ(RoleView(rules, by_token).key(), by_role.key());
  RS_EXPECT_NE(by_role.key(), RoleView(rules, identity({"team-b"})).key());
  RS_EXPECT_NE(by_role.key(), RoleView(rules, identity({})).key());
  RS_EXPECT_EQ(by_role.projection_key(), RoleView(rules, identity({"team-b"})).projection_key());
}

RS_TEST(a_role_has_one_filter) {
  AccessRules rules;
  RS_EXPECT(!rules.filter_role("", team("a")));
  RS_EXPECT(!rules.filters_roles());
  RS_EXPECT_OK(rules.filter_role("team-a", team("a")));
  RS_EXPECT(rules.filters_roles());
  RS_EXPECT_CONTAINS(rules.filter_role("team-a", team("b")).error().message, "already");
}
