#include "module/upgrade.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

UpgradeRequest request(std::string path, std::vector<QueryArgument> arguments = {}) {
  UpgradeRequest made;
  made.path = std::move(path);
  made.arguments = std::move(arguments);
  made.host = "localhost:9090";
  made.address = "127.0.0.1";
  return made;
}

Refusal refused(ModuleFixture& fixture, const UpgradeRequest& asked) {
  const Decision decision = decide_upgrade(asked, *fixture.vhost);
  const auto* refusal = std::get_if<Refusal>(&decision);
  if (refusal == nullptr) {
    RS_FAIL("the upgrade was admitted");
  }
  return *refusal;
}

Admission admitted(ModuleFixture& fixture, const UpgradeRequest& asked) {
  Decision decision = decide_upgrade(asked, *fixture.vhost);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    RS_FAIL("refused: " + refusal->message);
  }
  return std::get<Admission>(std::move(decision));
}

}  // namespace

RS_TEST(an_unknown_path_is_not_found) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(refused(fixture, request("/nope")).status, 404U);
}

RS_TEST(a_subprotocol_must_be_the_paths) {
  ModuleFixture fixture;
  UpgradeRequest wrong = request("/logs");
  wrong.subprotocol = "ringside-ws";
  RS_EXPECT_EQ(refused(fixture, wrong).status, 400U);
  wrong.subprotocol = "ringside-logs";
  RS_EXPECT_EQ(admitted(fixture, wrong).endpoint, Endpoint::kLogs);
}

RS_TEST(a_bad_parameter_is_named) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(refused(fixture, request("/ws", {{"batch_size", "0"}})).parameter, "batch_size");
  RS_EXPECT_EQ(refused(fixture, request("/ws", {{"nope", "1"}})).parameter, "nope");
  RS_EXPECT_EQ(refused(fixture, request("/ws", {{"tail", "5"}})).parameter, "tail");
}

RS_TEST(a_good_token_admits_an_expired_one_opens_to_be_closed_a_bad_one_is_401) {
  ModuleFixture fixture;
  const auto good = admitted(
      fixture,
      request("/ws", {{"token", fixture.token("bob", "viewer", std::chrono::seconds(60))}}));
  RS_EXPECT_EQ(good.identity->user, "bob");
  RS_EXPECT(good.query.token.empty());
  const auto late = admitted(
      fixture,
      request("/ws", {{"token", fixture.token("bob", "viewer", std::chrono::seconds(-60))}}));
  RS_EXPECT(late.expired);
  RS_EXPECT(!late.identity.has_value());
  RS_EXPECT_EQ(refused(fixture, request("/ws", {{"token", "garbage"}})).status, 401U);
}

RS_TEST(the_token_may_stand_in_authorization_but_not_in_both) {
  ModuleFixture fixture;
  UpgradeRequest asked = request("/ws");
  asked.authorization = "Bearer " + fixture.token("bob", "viewer", std::chrono::seconds(60));
  RS_EXPECT_EQ(admitted(fixture, asked).identity->user, "bob");
  asked.arguments = {{"token", "x"}};
  RS_EXPECT_EQ(refused(fixture, asked).status, 400U);
  asked.arguments = {};
  asked.authorization = "Basic abc";
  RS_EXPECT_EQ(refused(fixture, asked).status, 401U);
}

RS_TEST(no_token_is_admitted_to_send_one_within_the_cap) {
  ModuleFixture fixture(Settings{{"limit-awaiting-auth-per-address", "1"}});
  RS_EXPECT(!admitted(fixture, request("/ws")).identity.has_value());
  const Client waiting(fixture, ModuleFixture::admission(Endpoint::kEvents, std::nullopt));
  RS_EXPECT_EQ(refused(fixture, request("/ws")).status, 429U);
}

RS_TEST(origins_are_this_host_or_on_the_list) {
  ModuleFixture fixture(Settings{{"origins", "https://ops.example"}});
  UpgradeRequest asked = request("/ws");
  for (const char* good : {"", "http://localhost:9090", "https://ops.example"}) {
    asked.origin = good;
    (void)admitted(fixture, asked);
  }
  for (const char* bad : {"https://evil.example", "null", "http://localhost:9091"}) {
    asked.origin = bad;
    RS_EXPECT_EQ(refused(fixture, asked).status, 403U);
  }
}

RS_TEST(http2_is_refused_with_the_remedy) {
  ModuleFixture fixture;
  UpgradeRequest asked = request("/ws");
  asked.over_http2 = true;
  RS_EXPECT_CONTAINS(refused(fixture, asked).message, "alpn");
}

RS_TEST(a_filter_that_cannot_be_evaluated_is_refused) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(refused(fixture, request("/ws", {{"filter.min_level", "LOUD"}})).status, 400U);
}
