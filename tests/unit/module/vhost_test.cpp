#include "module/vhost.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::string why_not(ModuleFixture& fixture, PluginOptions options) {
  const auto made = Vhost::make(std::move(options), fixture.hub, fixture.clock);
  return made ? std::string() : made.error().message;
}

}  // namespace

RS_TEST(refuses_to_serve_without_keys_or_with_rules_that_are_none) {
  ModuleFixture fixture;
  PluginOptions options = fixture.vhost->options();
  options.keys.clear();
  RS_EXPECT_CONTAINS(why_not(fixture, options), "no key");
  options = fixture.vhost->options();
  options.required_roles = {"nonsense"};
  RS_EXPECT_CONTAINS(why_not(fixture, options), "roles");
  options = fixture.vhost->options();
  options.restricted_fields = {"no-pointer=admin"};
  RS_EXPECT_CONTAINS(why_not(fixture, options), "restrict");
}

RS_TEST(a_rotated_key_works_at_once) {
  ModuleFixture fixture;
  const std::string old_token = fixture.token("bob", "viewer", std::chrono::seconds(60));
  fixture.secret = "another secret, long enough for HS256";
  (void)fixture.dir.write("jwt.secret", fixture.secret);
  RS_EXPECT_EQ(fixture.vhost->verify(old_token).token.outcome, TokenOutcome::kBadSignature);
  RS_EXPECT_EQ(
      fixture.vhost->verify(fixture.token("bob", "viewer", std::chrono::seconds(60))).token.outcome,
      TokenOutcome::kValid);
}

RS_TEST(a_revoked_users_token_is_valid_and_refused) {
  ModuleFixture fixture;
  const std::string token = fixture.token("mallory", "viewer", std::chrono::seconds(60));
  RS_EXPECT(!fixture.vhost->verify(token).revoked);
  (void)fixture.hub->control()->revoke(RevocationKind::kUser, "mallory");
  RS_EXPECT(fixture.vhost->verify(token).revoked);
}

RS_TEST(roles_from_the_configuration_replace_the_default_for_their_type) {
  ModuleFixture fixture(Settings{{"roles", "LogEntry=ops, Secret=admin"}});
  const RoleView ops(fixture.vhost->rules(), ModuleFixture::identity({"ops"}));
  const RoleView developer(fixture.vhost->rules(), ModuleFixture::identity({"developer"}));
  RS_EXPECT(ops.may_see(EventType::kLog, "LogEntry"));
  RS_EXPECT(!developer.may_see(EventType::kLog, "LogEntry"));
  RS_EXPECT(!ops.may_see(EventType::kCustom, "Secret"));
  RS_EXPECT(!ops.may_see(EventType::kSystem, "SystemHealthUpdate"));
}

RS_TEST(tokens_need_the_issuer_and_the_audience_of_the_configuration) {
  for (const char* option : {"token-issuer", "token-audience"}) {
    ModuleFixture fixture(Settings{{option, "https://id.example"}});
    RS_EXPECT(fixture.vhost->verify(fixture.token("bob", "viewer", std::chrono::seconds(60)))
                  .token.outcome != TokenOutcome::kValid);
  }
}

RS_TEST(only_tokens_that_are_refused_count_as_failures) {
  ModuleFixture fixture;
  const auto n_failures = [&] { return fixture.hub->control()->total(Counter::kAuthFailures); };
  const std::string token = fixture.token("bob", "viewer", std::chrono::seconds(60));
  (void)fixture.vhost->verify(token);
  RS_EXPECT_EQ(n_failures(), 0U);
  (void)fixture.vhost->verify("nonsense");
  RS_EXPECT_EQ(n_failures(), 1U);
  RS_EXPECT(fixture.hub->control()->revoke(RevocationKind::kUser, "bob"));
  (void)fixture.vhost->verify(token);
  RS_EXPECT_EQ(n_failures(), 2U);
}

RS_TEST(origins_are_the_hosts_own_those_of_the_list_or_all) {
  ModuleFixture listed(Settings{{"origins", "https://good.example"}});
  RS_EXPECT(listed.vhost->origin_allowed("", "ws.example"));
  RS_EXPECT(listed.vhost->origin_allowed("https://ws.example", "ws.example"));
  RS_EXPECT(listed.vhost->origin_allowed("https://good.example", "ws.example"));
  RS_EXPECT(!listed.vhost->origin_allowed("https://evil.example", "ws.example"));
  ModuleFixture open(Settings{{"origins", "*"}});
  RS_EXPECT(open.vhost->origin_allowed("https://evil.example", "ws.example"));
}

RS_TEST(limits_and_leeway_of_the_configuration_hold_for_tokens) {
  ModuleFixture fixture(Settings{{"token-leeway", "10s"}, {"limit-filter-bytes", "100KiB"}});
  const auto outcome = [&](int seconds) {
    return fixture.vhost->verify(fixture.token("bob", "viewer", std::chrono::seconds(seconds)))
        .token.outcome;
  };
  RS_EXPECT(outcome(-9) == TokenOutcome::kValid);
  RS_EXPECT(outcome(-11) == TokenOutcome::kExpired);
  const FilterLimits limits = filter_limits_of(fixture.vhost->options());
  RS_EXPECT_EQ(limits.max_bytes, 100U << 10U);
  RS_EXPECT_EQ(limits.max_search_bytes, 50U << 10U);
}
