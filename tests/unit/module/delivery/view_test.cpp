#include "module/delivery/view.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

View::Verdict verdict(ModuleFixture& fixture, const View& view, Seq seq) {
  (void)fixture.hub->records().read_new(100);
  return view.select(fixture.hub->records(), *fixture.hub->records().find(seq).record).verdict;
}

}  // namespace

RS_TEST(roles_come_before_filters) {
  ModuleFixture fixture;
  const Seq log = fixture.append("LogEntry", 1, R"("level":"ERROR")");
  const AccessRules rules;
  const View viewer(RoleView(rules, ModuleFixture::identity({"viewer"})),
                    Subscription::everything(nullptr));
  const View developer(RoleView(rules, ModuleFixture::identity({"developer"})),
                       Subscription::everything(nullptr));
  RS_EXPECT_EQ(verdict(fixture, viewer, log), View::Verdict::kDenied);
  RS_EXPECT_EQ(verdict(fixture, developer, log), View::Verdict::kSelected);
}

RS_TEST(a_hidden_member_is_neither_sent_nor_matched) {
  ModuleFixture fixture;
  const Seq seq = fixture.append("TaskStatusChanged", 1, R"("ip":"10.0.0.1","status":"Running")");
  AccessRules rules;
  RS_EXPECT_OK(rules.restrict_field("/data/ip", {"admin"}));
  const RoleView viewer(rules, ModuleFixture::identity({"viewer"}));
  const View all(viewer, Subscription::everything(nullptr));
  (void)fixture.hub->records().read_new(100);
  const auto selection =
      all.select(fixture.hub->records(), *fixture.hub->records().find(seq).record);
  RS_EXPECT_EQ(selection.verdict, View::Verdict::kSelected);
  RS_EXPECT_NOT_CONTAINS(selection.text, "10.0.0.1");
  RS_EXPECT_CONTAINS(selection.text, "Running");
  const auto probe = RS_UNWRAP(Json::parse(R"({"ip":"10.0.0.1"})"));
  auto filter = Filter::compile(probe.ref());
  RS_EXPECT(filter.has_value());
  RS_EXPECT_EQ(verdict(fixture, View(viewer, Subscription::everything(*filter)), seq),
               View::Verdict::kFiltered);
}

RS_TEST(equal_visibility_has_equal_keys_whoever_the_user) {
  const AccessRules rules;
  const Subscription all = Subscription::everything(nullptr);
  RS_EXPECT_EQ(View::key_of(RoleView(rules, ModuleFixture::identity({"viewer"}, "alice")), all),
               View::key_of(RoleView(rules, ModuleFixture::identity({"guest"}, "bob")), all));
  RS_EXPECT_NE(View::key_of(RoleView(rules, ModuleFixture::identity({"viewer"})), all),
               View::key_of(RoleView(rules, ModuleFixture::identity({"admin"})), all));
}

// --- rows

namespace {

RoleView limited_to(const std::string& filters, AccessRules rules = {}) {
  Identity who = ModuleFixture::identity({"admin"});
  const auto json = RS_UNWRAP(Json::parse(filters));
  who.filter = *Filter::compile(json.ref());
  return RoleView(rules, who);
}

Subscription with_filter(const std::string& filters) {
  const auto json = RS_UNWRAP(Json::parse(filters));
  return Subscription::everything(*Filter::compile(json.ref()));
}

}  // namespace

RS_TEST(rows_of_others_are_hidden_whatever_the_subscription_says) {
  ModuleFixture fixture;
  const Seq own = fixture.append("A", 1, R"("team":"a")");
  const Seq other = fixture.append("A", 2, R"("team":"b")");
  const Seq none = fixture.append("A", 3);
  const RoleView role = limited_to(R"({"team":"a"})");
  const View all(role, Subscription::everything(nullptr));
  RS_EXPECT_EQ(verdict(fixture, all, own), View::Verdict::kSelected);
  RS_EXPECT_EQ(verdict(fixture, all, other), View::Verdict::kHidden);
  RS_EXPECT_EQ(verdict(fixture, all, none), View::Verdict::kHidden);
  const View probing(role, with_filter(R"({"team":"b"})"));
  RS_EXPECT_EQ(verdict(fixture, probing, other), View::Verdict::kHidden);
  RS_EXPECT_EQ(verdict(fixture, probing, own), View::Verdict::kFiltered);
}

// What is not counted as denied or filtered cannot be told apart from what is not there.
RS_TEST(types_that_are_denied_or_not_wanted_are_hidden_too_where_rows_are) {
  ModuleFixture fixture;
  const Seq other = fixture.append("Other", 1, R"("team":"b")");
  AccessRules rules;
  RS_EXPECT_OK(rules.require_roles("Other", {"nobody"}));
  RS_EXPECT_EQ(
      verdict(fixture,
              View(limited_to(R"({"team":"a"})", rules), Subscription::everything(nullptr)), other),
      View::Verdict::kHidden);
  RS_EXPECT_EQ(
      verdict(fixture, View(limited_to(R"({"team":"a"})"), Subscription::of({"A"}, nullptr)),
              other),
      View::Verdict::kHidden);
}

RS_TEST(rows_are_judged_by_the_whole_event_and_filters_by_what_is_left) {
  ModuleFixture fixture;
  const Seq seq = fixture.append("A", 1, R"("team":"a")");
  AccessRules rules;
  RS_EXPECT_OK(rules.restrict_field("/data/team", {"root"}));
  const RoleView role = limited_to(R"({"team":"a"})", rules);
  RS_EXPECT_EQ(verdict(fixture, View(role, Subscription::everything(nullptr)), seq),
               View::Verdict::kSelected);
  RS_EXPECT_EQ(verdict(fixture, View(role, with_filter(R"({"team":"a"})")), seq),
               View::Verdict::kFiltered);
}

RS_TEST(the_true_id_cannot_be_filtered_by_where_ids_are_hidden) {
  ModuleFixture fixture;
  const Seq seq = fixture.append("A", 1, R"("team":"a")");
  const Subscription probe = with_filter(R"({"id":")" + fixture.id_of(seq) + "\"}");
  RS_EXPECT_EQ(verdict(fixture, View(limited_to(R"({"team":"a"})"), probe), seq),
               View::Verdict::kFiltered);
  RS_EXPECT_EQ(verdict(fixture, View(limited_to("{}"), probe), seq), View::Verdict::kSelected);
}

RS_TEST(an_event_without_an_id_at_its_end_is_hidden_where_ids_are) {
  ModuleFixture fixture;
  const Seq seq = fixture.writer->append(0, "A", R"({"id":"5f3a9c1e:1","data":{"team":"a"}})",
                                         fixture.clock.wall_now());
  RS_EXPECT_EQ(
      verdict(fixture, View(limited_to(R"({"team":"a"})"), Subscription::everything(nullptr)), seq),
      View::Verdict::kHidden);
}
