// POST /ticket, and what a ticket opens.
#include "module/tickets.hpp"

#include "module/upgrade.hpp"
#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;
using namespace std::chrono_literals;

namespace {

HttpRequest asking(const std::string& token, HttpMethod method = HttpMethod::kPost) {
  HttpRequest request;
  request.path = kTicketPath;
  request.method = method;
  request.host = "localhost";
  request.authorization = token.empty() ? "" : "Bearer " + token;
  return request;
}

std::string ticket_of(ModuleFixture& fixture, const std::string& token) {
  const HttpAnswer answer = answer_http(asking(token), fixture.vhost.get(), {});
  RS_EXPECT_EQ(answer.status, 200U);
  const Json body = RS_UNWRAP(Json::parse(answer.body));
  RS_EXPECT_EQ(body["expires_in"].as_integer().value_or(0), 30);
  return std::string(body["ticket"].as_string().value_or(""));
}

Decision upgrade_with(ModuleFixture& fixture, std::vector<QueryArgument> arguments) {
  UpgradeRequest request;
  request.path = "/ws";
  request.host = "localhost";
  request.arguments = std::move(arguments);
  return decide_upgrade(request, fixture.vhost.get(), {});
}

unsigned status_of(const Decision& decision) {
  const auto* refusal = std::get_if<Refusal>(&decision);
  return refusal != nullptr ? refusal->status() : 0;
}

}  // namespace

RS_TEST(a_ticket_opens_what_its_token_opens_once) {
  ModuleFixture fixture;
  const std::string ticket = ticket_of(fixture, fixture.token("alice", "admin", 600s));
  const Decision decision = upgrade_with(fixture, {{"ticket", ticket}});
  RS_EXPECT_EQ(status_of(decision), 0U);
  RS_EXPECT_EQ(std::get<Admission>(decision).identity->user, "alice");
  RS_EXPECT(std::get<Admission>(decision).query.ticket.empty());
  RS_EXPECT_EQ(status_of(upgrade_with(fixture, {{"ticket", ticket}})), 401U);
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kTicketsIssued), 1U);
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kTicketsUsed), 1U);
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kTicketsRefused), 1U);
}

RS_TEST(a_ticket_is_refused_for_whatever_its_token_is_refused) {
  ModuleFixture fixture(Settings{{"token-leeway", "0s"}});
  const std::string revoked = ticket_of(fixture, fixture.token("alice", "admin", 600s));
  RS_EXPECT(fixture.hub->control()->revoke(RevocationKind::kUser, "alice"));
  RS_EXPECT_EQ(status_of(upgrade_with(fixture, {{"ticket", revoked}})), 401U);
  const std::string late = ticket_of(fixture, fixture.token("bob", "admin", 600s));
  fixture.clock.advance(31s);
  RS_EXPECT_EQ(status_of(upgrade_with(fixture, {{"ticket", late}})), 401U);
  RS_EXPECT_EQ(status_of(upgrade_with(fixture, {{"ticket", "nonsense"}})), 401U);
}

RS_TEST(a_ticket_and_a_token_at_once_are_a_mistake) {
  ModuleFixture fixture;
  const std::string token = fixture.token("alice", "admin", 600s);
  RS_EXPECT_EQ(
      status_of(upgrade_with(fixture, {{"ticket", ticket_of(fixture, token)}, {"token", token}})),
      400U);
}

RS_TEST(no_ticket_is_made_without_a_good_token) {
  ModuleFixture fixture(Settings{{"token-leeway", "0s"}});
  const auto status = [&](const HttpRequest& request) {
    return answer_http(request, fixture.vhost.get(), {}).status;
  };
  RS_EXPECT_EQ(status(asking("")), 401U);
  RS_EXPECT_EQ(status(asking("a.b.c")), 401U);
  RS_EXPECT_EQ(status(asking(fixture.token("alice", "admin", -5s))), 401U);
  RS_EXPECT_EQ(status(asking(fixture.token("alice", "admin", 600s), HttpMethod::kGet)), 405U);
  for (int n = 0; n < 128; ++n) {
    RS_EXPECT_EQ(status(asking(fixture.token("alice", "admin", 600s))), 200U);
  }
  RS_EXPECT_EQ(status(asking(fixture.token("alice", "admin", 600s))), 429U);
}

RS_TEST(pages_of_other_origins_need_to_be_on_the_list) {
  ModuleFixture fixture(Settings{{"origins", "https://good.example"}});
  HttpRequest request = asking(fixture.token("alice", "admin", 600s));
  request.origin = "https://evil.example";
  RS_EXPECT_EQ(answer_http(request, fixture.vhost.get(), {}).status, 403U);
  request.method = HttpMethod::kOptions;
  RS_EXPECT_EQ(answer_http(request, fixture.vhost.get(), {}).status, 403U);
  request.origin = "https://good.example";
  const HttpAnswer preflight = answer_http(request, fixture.vhost.get(), {});
  RS_EXPECT_EQ(preflight.status, 204U);
  request.method = HttpMethod::kPost;
  const HttpAnswer answer = answer_http(request, fixture.vhost.get(), {});
  RS_EXPECT_EQ(answer.status, 200U);
  for (const auto* one : {&preflight, &answer}) {
    RS_EXPECT(std::ranges::find(one->own, std::pair<std::string, std::string>(
                                              "access-control-allow-origin",
                                              "https://good.example")) != one->own.end());
  }
}
