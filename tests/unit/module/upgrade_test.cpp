#include "module/upgrade.hpp"

#include <unistd.h>

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
  const Decision decision = decide_upgrade(asked, fixture.vhost.get(), {});
  const auto* refusal = std::get_if<Refusal>(&decision);
  if (refusal == nullptr) {
    RS_FAIL("the upgrade was admitted");
  }
  return *refusal;
}

Admission admitted(ModuleFixture& fixture, const UpgradeRequest& asked) {
  Decision decision = decide_upgrade(asked, fixture.vhost.get(), {});
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    RS_FAIL("refused: " + refusal->message);
  }
  return std::get<Admission>(std::move(decision));
}

}  // namespace

RS_TEST(an_unknown_path_is_not_found) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(refused(fixture, request("/nope")).status(), 404U);
}

RS_TEST(a_subprotocol_must_be_the_paths) {
  ModuleFixture fixture;
  UpgradeRequest wrong = request("/logs");
  wrong.subprotocols = "ringside-ws";
  RS_EXPECT_EQ(refused(fixture, wrong).status(), 400U);
  wrong.subprotocols = "ringside-ws, ringside-logs";
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
  RS_EXPECT_EQ(refused(fixture, request("/ws", {{"token", "garbage"}})).status(), 401U);
}

RS_TEST(the_token_may_stand_in_authorization_but_not_in_both) {
  ModuleFixture fixture;
  UpgradeRequest asked = request("/ws");
  asked.authorization = "Bearer " + fixture.token("bob", "viewer", std::chrono::seconds(60));
  RS_EXPECT_EQ(admitted(fixture, asked).identity->user, "bob");
  asked.arguments = {{"token", "x"}};
  RS_EXPECT_EQ(refused(fixture, asked).status(), 400U);
  asked.arguments = {};
  asked.authorization = "Bearer";
  RS_EXPECT_EQ(refused(fixture, asked).status(), 401U);
}

RS_TEST(no_token_is_admitted_to_send_one_within_the_cap) {
  ModuleFixture fixture(Settings{{"limit-awaiting-auth-per-address", "1"}});
  const Admission waiting = admitted(fixture, request("/ws"));
  RS_EXPECT(!waiting.identity.has_value());
  RS_EXPECT_EQ(refused(fixture, request("/ws")).status(), 429U);
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
    RS_EXPECT_EQ(refused(fixture, asked).status(), 403U);
  }
}

RS_TEST(http2_is_refused_with_the_remedy) {
  ModuleFixture fixture;
  UpgradeRequest asked = request("/ws");
  asked.over_http2 = true;
  RS_EXPECT_CONTAINS(refused(fixture, asked).message, "alpn");
}

RS_TEST(a_filter_that_cannot_be_evaluated_is_refused_with_its_own_code) {
  ModuleFixture fixture;
  const std::string token = fixture.token("bob", "viewer", std::chrono::seconds(60));
  for (const auto& [name, value] :
       {std::pair{"filter.min_level", "LOUD"}, {"filter.search.regex", "("}}) {
    const Refusal refusal = refused(fixture, request("/ws", {{"token", token}, {name, value}}));
    RS_EXPECT(refusal.error == HttpError::kBadFilter);
    RS_EXPECT_EQ(refusal.parameter, name);
  }
}

RS_TEST(filters_are_compiled_only_for_a_good_token) {
  ModuleFixture fixture;
  const std::vector<QueryArgument> filter{{"filter.search.regex", "("}};
  auto with = [&](const std::string& token) {
    std::vector<QueryArgument> arguments = filter;
    arguments.emplace_back("token", token);
    return request("/ws", std::move(arguments));
  };
  RS_EXPECT(refused(fixture, with("garbage")).error == HttpError::kUnauthenticated);
  const Admission waiting = admitted(fixture, request("/ws", filter));
  RS_EXPECT(waiting.query.filter == nullptr);
  RS_EXPECT(waiting.query.filters.present());
}

RS_TEST(a_proxys_own_authorization_does_not_hide_the_token) {
  ModuleFixture fixture;
  UpgradeRequest asked =
      request("/ws", {{"token", fixture.token("bob", "viewer", std::chrono::seconds(60))}});
  asked.authorization = "Basic dXNlcjpwYXNz";
  RS_EXPECT_EQ(admitted(fixture, asked).identity->user, "bob");
}

RS_TEST(the_handshake_is_checked) {
  ModuleFixture fixture;
  UpgradeRequest asked = request("/ws");
  asked.version = "12";
  RS_EXPECT(refused(fixture, asked).error == HttpError::kBadVersion);
  asked.is_get = false;
  RS_EXPECT(refused(fixture, asked).error == HttpError::kMethodNotAllowed);
}

RS_TEST(a_refused_configuration_refuses_with_its_reason) {
  const Decision decision = decide_upgrade(request("/ws"), nullptr, "option \"keys\": no key");
  const auto& refusal = std::get<Refusal>(decision);
  RS_EXPECT(refusal.error == HttpError::kMisconfigured);
  RS_EXPECT_CONTAINS(refusal.message, "keys");
}

RS_TEST(a_full_process_and_a_draining_one_refuse) {
  ModuleFixture fixture(Settings{{"limit-connections", "1"}});
  const Client client(
      fixture, ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"})));
  RS_EXPECT(refused(fixture, request("/ws")).error == HttpError::kOverloaded);
  fixture.hub->control()->request_drain(static_cast<std::uint32_t>(getpid()),
                                        std::chrono::milliseconds(0));
  fixture.hub->on_tick();
  RS_EXPECT(refused(fixture, request("/ws")).error == HttpError::kDraining);
}

RS_TEST(the_users_eleventh_connection_is_refused) {
  ModuleFixture fixture(Settings{{"limit-connections-per-user", "1"}});
  const Client client(fixture, ModuleFixture::admission(
                                   Endpoint::kEvents, ModuleFixture::identity({"viewer"}, "bob")));
  const UpgradeRequest asked =
      request("/ws", {{"token", fixture.token("bob", "viewer", std::chrono::seconds(60))}});
  RS_EXPECT(refused(fixture, asked).error == HttpError::kTooManyConnections);
}

RS_TEST(names_beyond_the_limit_are_refused) {
  ModuleFixture fixture(Settings{{"limit-events-per-subscription", "2"}});
  const Refusal refusal = refused(fixture, request("/ws", {{"events", "A,B,C"}}));
  RS_EXPECT_EQ(refusal.parameter, "events");
}

RS_TEST(the_handshake_must_be_one) {
  ModuleFixture fixture;
  const auto error = [&](auto change) {
    UpgradeRequest asked = request("/ws");
    change(asked);
    return std::string(refused(fixture, asked).code());
  };
  RS_EXPECT_EQ(error([](UpgradeRequest& r) { r.is_http_1_1 = false; }), "bad_request");
  for (const char* connection : {"", "keep-alive", "upgraded", "x-upgrade"}) {
    RS_EXPECT_EQ(error([&](UpgradeRequest& r) { r.connection = connection; }), "bad_request");
  }
  for (const char* key :
       {"", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ==,dGhlIHNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZQ=!", "!GhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==="}) {
    RS_EXPECT_EQ(error([&](UpgradeRequest& r) { r.key = key; }), "bad_request");
  }
  UpgradeRequest odd = request("/ws");
  odd.connection = "keep-alive , UPGRADE";
  RS_EXPECT_EQ(admitted(fixture, odd).endpoint, Endpoint::kEvents);
}

RS_TEST(a_token_may_be_beside_the_subprotocol) {
  ModuleFixture fixture;
  const std::string token = fixture.token("bob", "viewer", std::chrono::seconds(60));
  UpgradeRequest asked = request("/ws");
  asked.subprotocols = "ringside-ws, " + token;
  const Admission admission = admitted(fixture, asked);
  RS_EXPECT_EQ(admission.identity->user, "bob");
  RS_EXPECT_EQ(admission.subprotocol, "ringside-ws");
  asked.subprotocols = token;
  RS_EXPECT_EQ(refused(fixture, asked).code(), "bad_subprotocol");
  asked.subprotocols = "ringside-ws," + token;
  asked.authorization = "Bearer " + token;
  RS_EXPECT_EQ(refused(fixture, asked).parameter, "token");
  asked.authorization.clear();
  asked.subprotocols = "ringside-ws, " + token + ", " + token;
  RS_EXPECT_EQ(refused(fixture, asked).parameter, "token");
  asked.subprotocols = "v1.0.0, ringside-ws, p0, .., a.b";
  RS_EXPECT_EQ(refused(fixture, asked).code(), "unauthenticated");  // the first looks like a token
}

RS_TEST(compression_is_agreed_on_when_it_is_asked_for_and_offered) {
  ModuleFixture fixture;
  UpgradeRequest asked = request("/ws");
  asked.extensions = "permessage-deflate; client_no_context_takeover";
  RS_EXPECT(!admitted(fixture, asked).deflate.has_value());
  asked.arguments = {{"compression", "true"}};
  RS_EXPECT(admitted(fixture, asked).deflate->client_no_context_takeover);
  asked.extensions = "permessage-deflate; client_no_context_takeover=1";
  RS_EXPECT(!admitted(fixture, asked).deflate.has_value());
  asked.extensions.clear();
  RS_EXPECT(!admitted(fixture, asked).deflate.has_value());
}

RS_TEST(a_host_is_refused_only_where_there_is_a_list) {
  ModuleFixture any;
  UpgradeRequest asked = request("/ws");
  asked.host = "evil.example";
  RS_EXPECT_EQ(admitted(any, asked).endpoint, Endpoint::kEvents);
  ModuleFixture listed(Settings{{"allowed-hosts", "events.example"}});
  RS_EXPECT_EQ(refused(listed, asked).code(), "host_not_allowed");
}

namespace {

// Of a plain GET, which has none of the headers of an upgrade.
UpgradeRequest plain(std::string path, std::vector<QueryArgument> arguments = {}) {
  UpgradeRequest made = request(std::move(path), std::move(arguments));
  made.version.clear();
  made.key.clear();
  made.connection.clear();
  return made;
}

Refusal refused_stream(ModuleFixture& fixture, const UpgradeRequest& asked,
                       MediaType type = MediaType::kEventStream) {
  const Decision decision = decide_stream(asked, type, fixture.vhost.get(), {});
  const auto* refusal = std::get_if<Refusal>(&decision);
  if (refusal == nullptr) {
    RS_FAIL("the stream was admitted");
  }
  return *refusal;
}

Admission admitted_stream(ModuleFixture& fixture, const UpgradeRequest& asked,
                          MediaType type = MediaType::kEventStream) {
  Decision decision = decide_stream(asked, type, fixture.vhost.get(), {});
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    RS_FAIL("refused: " + refusal->message);
  }
  return std::get<Admission>(std::move(decision));
}

}  // namespace

RS_TEST(a_stream_needs_its_token_at_once) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(refused_stream(fixture, plain("/ws")).status(), 401U);
  UpgradeRequest with_header = plain("/ws");
  with_header.authorization = "Bearer " + fixture.token("alice", "admin", std::chrono::seconds(60));
  RS_EXPECT_EQ(admitted_stream(fixture, with_header).identity->user, "alice");
  with_header.authorization = "Bearer " + fixture.token("alice", "admin", -std::chrono::hours(1));
  RS_EXPECT_EQ(refused_stream(fixture, with_header).status(), 401U);
}

RS_TEST(a_stream_has_every_other_condition_of_an_upgrade) {
  ModuleFixture fixture(Settings{{"limit-connections-per-user", "0"}});
  const std::string token = fixture.token("alice", "admin", std::chrono::seconds(60));
  const auto asked = [&](auto change) {
    UpgradeRequest made = plain("/logs", {{"token", token}});
    change(made);
    return refused_stream(fixture, made);
  };
  RS_EXPECT_EQ(asked([](auto& r) { r.path = "/nope"; }).status(), 404U);
  RS_EXPECT_EQ(asked([](auto& r) { r.over_http2 = true; }).status(), 501U);
  RS_EXPECT_EQ(asked([](auto& r) { r.is_http_1_1 = false; }).status(), 505U);
  RS_EXPECT_EQ(asked([](auto& r) { r.origin = "https://evil.example"; }).status(), 403U);
  RS_EXPECT_EQ(asked([](auto& r) { r.arguments.push_back({"nope", "1"}); }).parameter, "nope");
  RS_EXPECT_EQ(asked([](auto& r) {
                 r.arguments.push_back({"filter.search.regex", "("});
               }).status(),
               400U);
  RS_EXPECT_EQ(asked([&](auto& r) { r.authorization = "Bearer " + token; }).parameter, "token");
}

RS_TEST(last_event_id_goes_before_since) {
  ModuleFixture fixture;
  const std::string token = fixture.token("alice", "admin", std::chrono::seconds(60));
  UpgradeRequest resumed = plain("/logs", {{"token", token}, {"since", "2020-01-01T00:00:00Z"}});
  resumed.last_event_id = "1a2b3c4d:42";
  RS_EXPECT_EQ(admitted_stream(fixture, resumed).query.since, "1a2b3c4d:42");
  resumed = plain("/logs", {{"token", token}, {"tail", "10"}});
  resumed.last_event_id = "1a2b3c4d:42";
  RS_EXPECT(!admitted_stream(fixture, resumed).query.tail);
  resumed.last_event_id = "nonsense";
  RS_EXPECT_EQ(refused_stream(fixture, resumed).status(), 400U);
}

RS_TEST(parameters_of_pages_and_of_streams_are_told_apart) {
  ModuleFixture fixture;
  const std::string token = fixture.token("alice", "admin", std::chrono::seconds(60));
  const UpgradeRequest page = plain("/ws", {{"token", token}, {"limit", "5"}});
  RS_EXPECT_EQ(admitted_stream(fixture, page, MediaType::kJson).query.limit.value_or(0), 5U);
  RS_EXPECT_EQ(refused_stream(fixture, page).parameter, "limit");
  const UpgradeRequest stream = plain("/ws", {{"token", token}, {"max_rate", "5"}});
  RS_EXPECT_EQ(refused_stream(fixture, stream, MediaType::kJson).parameter, "max_rate");
}
