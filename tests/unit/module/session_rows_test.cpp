// Sessions whose tokens open only some rows: they get those, can resume, and learn nothing of the others.
#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::shared_ptr<const Filter> team(const std::string& name) {
  const Json json = RS_UNWRAP(Json::parse(R"({"team":")" + name + "\"}"));
  return *Filter::compile(json.ref());
}

Admission tenant(const std::string& name, std::vector<QueryArgument> arguments = {},
                 Endpoint endpoint = Endpoint::kEvents) {
  Identity who = ModuleFixture::identity({"admin"}, name);
  who.filter = team(name);
  return ModuleFixture::admission(endpoint, who, std::move(arguments));
}

std::string more_of(const std::string& team_name) { return R"("team":")" + team_name + "\""; }

}  // namespace

RS_TEST(a_tenant_gets_its_rows_with_ids_that_it_can_resume_from_and_not_count_by) {
  ModuleFixture fixture;
  Client client(fixture, tenant("a", {{"batch_size", "1"}}));
  const Json welcome = client.connection.next();
  RS_EXPECT_EQ(welcome["rows"].as_string().value_or(""), "filtered");
  for (int n = 1; n <= 6; ++n) {
    fixture.append("A", n, more_of(n % 2 == 0 ? "a" : "b"));
  }
  fixture.hub->on_wake();
  std::vector<std::string> ids;
  for (int n = 2; n <= 6; n += 2) {
    const Json event = client.connection.next();
    RS_EXPECT_EQ(event["data"]["n"].as_integer().value_or(0), n);
    ids.emplace_back(event["id"].as_string().value_or(""));
    RS_EXPECT_NE(ids.back(), fixture.id_of(Seq{static_cast<std::uint64_t>(n)}));
    RS_EXPECT(parse_event_id(ids.back()).has_value());
  }
  RS_EXPECT(client.connection.texts.empty());
  Client again(fixture, tenant("a", {{"since", ids[0]}, {"batch_size", "1"}}));
  RS_EXPECT_EQ(type_of(again.connection.next()), "welcome");
  RS_EXPECT_EQ(again.connection.next()["id"].as_string().value_or(""), ids[1]);
  RS_EXPECT_EQ(again.connection.next()["id"].as_string().value_or(""), ids[2]);
  const Json end = again.connection.next();
  RS_EXPECT_EQ(end["recovered"].as_bool(), std::optional(true));
  RS_EXPECT_EQ(end["missed"].as_integer().value_or(-1), 0);
}

RS_TEST(a_tenants_place_is_another_text_each_time_though_nothing_came) {
  ModuleFixture fixture;
  Client one(fixture, tenant("a"));
  Client two(fixture, tenant("a"));
  RS_EXPECT_NE(one.connection.next()["head"].as_string().value_or(""),
               two.connection.next()["head"].as_string().value_or(""));
}

RS_TEST(an_id_that_was_not_made_for_limited_rows_is_of_no_ring) {
  ModuleFixture fixture;
  fixture.append("A", 1, more_of("a"));
  fixture.append("A", 2, more_of("a"));
  fixture.hub->on_wake();
  Client client(fixture, tenant("a", {{"since", fixture.id_of(Seq{1})}}));
  const Json end = next_of_type(client.connection, "replay_end");
  RS_EXPECT_EQ(end["recovered"].as_bool(), std::optional(false));
  RS_EXPECT(end["missed"].kind() == JsonKind::kNull);
  // And the other way round: nothing is skipped in silence.
  const RoleView limited(fixture.vhost->rules(), *tenant("a").identity);
  Admin admin(fixture, {{"since", format_event_id(fixture.hub->event_for(limited, Seq{1}))},
                        {"batch_size", "1"}});
  RS_EXPECT_EQ(type_of(admin.connection.next()), "welcome");
  RS_EXPECT_EQ(admin.connection.next()["data"]["n"].as_integer().value_or(0), 1);
}

RS_TEST(a_tenant_is_told_no_number_that_counts_others) {
  ModuleFixture fixture;
  Client client(fixture, tenant("a", {{"batch_size", "1"}}));
  client.say(R"({"type":"debug","action":"pause"})");
  for (int n = 1; n <= 9; ++n) {
    fixture.append(n % 2 == 0 ? "A" : "SystemHealthUpdate", n, more_of("b"));
  }
  fixture.hub->on_wake();
  client.connection.texts.clear();
  client.say(R"({"type":"debug","action":"step","count":5})");
  const Json step = client.connection.next();
  RS_EXPECT_EQ(step["delivered"].as_integer().value_or(-1), 0);
  RS_EXPECT(step["behind"].kind() == JsonKind::kNull);
  client.say(R"({"type":"debug","action":"inspect"})");
  const Json inspected = client.connection.next();
  for (const char* name : {"behind", "denied", "headroom_bytes"}) {
    RS_EXPECT(inspected[name].kind() == JsonKind::kNull);
  }
  RS_EXPECT_EQ(inspected["filtered"].as_integer().value_or(-1), 0);
  client.say(R"({"type":"debug","action":"seek","to":"2000-01-01T00:00:00Z"})");
  RS_EXPECT(client.connection.next()["missed"].kind() == JsonKind::kNull);
}

RS_TEST(a_tenant_that_was_lapped_is_told_so_without_a_number) {
  ModuleFixture fixture;
  Client client(fixture, tenant("a", {{"batch_size", "1"}}));
  client.connection.texts.clear();
  client.connection.socket_full = true;
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n, more_of("b"));
  }
  fixture.hub->follower().records().skip_to_head();
  fixture.append("A", 3001, more_of("a"));
  fixture.hub->on_wake();
  client.connection.socket_full = false;
  client.session.on_writable();
  fixture.host.settle();
  const Json gap = next_of_type(client.connection, "gap");
  RS_EXPECT(gap["missed"].kind() == JsonKind::kNull);
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{3001}));
}

RS_TEST(a_renewed_token_brings_its_own_rows) {
  ModuleFixture fixture;
  Client client(fixture, tenant("a", {{"batch_size", "1"}}));
  client.connection.texts.clear();
  const std::int64_t now = to_ns(fixture.clock.wall_now()) / 1'000'000'000;
  const Json filter = RS_UNWRAP(Json::parse(R"({"team":"b"})"));
  const Json claims = Json::object()
                          .set("sub", "a")
                          .set("role", "admin")
                          .set("exp", now + 600)
                          .set("filter", filter)
                          .deep_copy();
  const std::string token =
      RS_UNWRAP(make_token(Key{"", Algorithm::kHS256, fixture.secret}, claims));
  client.say(R"({"type":"auth","token":")" + token + "\"}");
  fixture.append("A", 1, more_of("a"));
  fixture.append("A", 2, more_of("b"));
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2}));
}

RS_TEST(a_snapshot_of_series_has_the_tenants_own_latest_values) {
  ModuleFixture fixture;
  fixture.append("MetricUpdate", 1, R"("metric_name":"cpu","value":1,)" + more_of("a"));
  fixture.append("MetricUpdate", 2, R"("metric_name":"cpu","value":2,)" + more_of("b"));
  fixture.hub->on_wake();
  Client client(fixture, tenant("a", {{"interval", "1000"}}, Endpoint::kMetrics));
  for (int i = 0; i < 5; ++i) {
    fixture.host.advance(std::chrono::seconds(1));
    fixture.hub->on_wake();
    fixture.host.settle();
  }
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1}));
}

RS_TEST(tenants_with_the_same_rows_share_what_is_rendered) {
  ModuleFixture fixture(Settings{{"role-filters", "team-a: team=a"}});
  Client by_token(fixture, tenant("a"));
  Identity who = ModuleFixture::identity({"admin", "team-a"}, "other");
  Client by_role(fixture, ModuleFixture::admission(Endpoint::kEvents, who));
  RS_EXPECT(by_token.session.frames() == by_role.session.frames());
}

RS_TEST(a_tenant_is_told_how_late_its_own_events_are_and_not_those_of_others) {
  for (const bool own : {true, false}) {
    ModuleFixture fixture;
    Client client(fixture, tenant("a"));
    client.say(R"({"type":"debug","action":"pause"})");
    fixture.append("A", 1, more_of(own ? "a" : "b"));
    fixture.hub->on_wake();
    fixture.clock.advance(std::chrono::milliseconds(250));
    client.connection.texts.clear();
    client.say(R"({"type":"ping"})");
    RS_EXPECT_EQ(client.connection.next()["lag_ms"].as_integer().value_or(-1), own ? 250 : 0);
  }
}
