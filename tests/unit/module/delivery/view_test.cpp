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
