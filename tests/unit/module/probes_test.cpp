#include "module/probes.hpp"

#include <unistd.h>

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(healthz_is_about_this_process_and_readyz_about_the_pipe) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(
      answer_http({"/readyz", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "")
          .status,
      200U);
  fixture.clock.advance(std::chrono::minutes(1));
  RS_EXPECT_EQ(
      answer_http({"/healthz", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "")
          .status,
      200U);
  const HttpAnswer stale =
      answer_http({"/readyz", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "");
  RS_EXPECT_EQ(stale.status, 503U);
  RS_EXPECT_CONTAINS(stale.body, "heartbeat");
}

RS_TEST(a_refused_configuration_is_not_ready_and_says_why) {
  const HttpAnswer answer =
      answer_http({"/readyz", HttpMethod::kGet, "localhost", "", {}, {}}, nullptr, "keys: no key");
  RS_EXPECT_EQ(answer.status, 503U);
  RS_EXPECT_CONTAINS(answer.body, "keys: no key");
}

RS_TEST(a_replaced_control_segment_is_not_ready_and_says_what_to_do) {
  ModuleFixture fixture;
  const std::string path = fixture.dir / "control";
  RS_EXPECT_EQ(::unlink(path.c_str()), 0);
  RS_EXPECT_EQ(
      answer_http({"/readyz", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "")
          .status,
      200U);
  const auto other = RS_UNWRAP(ControlSegment::open(path, fixture.clock));
  const HttpAnswer replaced =
      answer_http({"/readyz", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "");
  RS_EXPECT_EQ(replaced.status, 503U);
  RS_EXPECT_CONTAINS(replaced.body, "restart lwsws");
}

RS_TEST(metrics_is_prometheus_text) {
  ModuleFixture fixture;
  const HttpAnswer answer =
      answer_http({"/metrics", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "");
  RS_EXPECT_CONTAINS(answer.content_type, "version=0.0.4");
  RS_EXPECT_CONTAINS(answer.body, "# TYPE ringside_events_sent_total counter");
}

RS_TEST(other_methods_and_paths_get_their_own_answers) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(
      answer_http({"/readyz", HttpMethod::kPost, "localhost", "", {}, {}}, fixture.vhost.get(), "")
          .status,
      405U);
  RS_EXPECT_EQ(
      answer_http({"/ws", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "")
          .status,
      426U);
  RS_EXPECT_EQ(
      answer_http({"/what", HttpMethod::kGet, "localhost", "", {}, {}}, fixture.vhost.get(), "")
          .status,
      404U);
}

RS_TEST(a_head_of_an_answer_has_what_belongs_to_its_error) {
  ModuleFixture fixture;
  const auto field_of = [&](const HttpRequest& request) {
    const HttpAnswer answer = answer_http(request, fixture.vhost.get(), "");
    return answer.fields.empty() ? std::string() : std::string(answer.fields.front().name);
  };
  RS_EXPECT_EQ(field_of({"/readyz", HttpMethod::kPost, "localhost", "", {}, {}}), "allow");
  RS_EXPECT_EQ(field_of({"/ws", HttpMethod::kGet, "localhost", "", {}, {}}), "upgrade");
  RS_EXPECT_EQ(field_of({"/healthz", HttpMethod::kGet, "localhost", "", {}, {}}), "");
  fixture.clock.advance(std::chrono::minutes(1));
  RS_EXPECT_EQ(field_of({"/readyz", HttpMethod::kGet, "localhost", "", {}, {}}), "retry-after");
}

RS_TEST(a_strange_host_gets_no_more_than_yes_or_no) {
  ModuleFixture fixture;
  const HttpRequest ready{"/readyz", HttpMethod::kGet, "evil.example:9090", "", {}, {}};
  RS_EXPECT_EQ(answer_http(ready, fixture.vhost.get(), "").body, R"({"status":"ready"})");
  RS_EXPECT_EQ(answer_http({"/metrics", HttpMethod::kGet, "evil.example", "", {}, {}},
                           fixture.vhost.get(), "")
                   .status,
               421U);
  RS_EXPECT_EQ(answer_http({"/healthz", HttpMethod::kGet, "evil.example", "", {}, {}},
                           fixture.vhost.get(), "")
                   .status,
               200U);
  fixture.clock.advance(std::chrono::minutes(1));
  const HttpAnswer stale = answer_http(ready, fixture.vhost.get(), "");
  RS_EXPECT_EQ(stale.status, 503U);
  RS_EXPECT(stale.body.find("heartbeat") == std::string::npos);
}

RS_TEST(with_a_list_of_hosts_nothing_is_answered_under_others) {
  ModuleFixture fixture(Settings{{"allowed-hosts", "events.example"}});
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/ws", "/what"}) {
    RS_EXPECT_EQ(
        answer_http({path, HttpMethod::kGet, "evil.example", "", {}, {}}, fixture.vhost.get(), "")
            .status,
        421U);
  }
  RS_EXPECT_EQ(answer_http({"/metrics", HttpMethod::kGet, "EVENTS.example:443", "", {}, {}},
                           fixture.vhost.get(), "")
                   .status,
               200U);
}

RS_TEST(metrics_may_ask_for_a_role) {
  ModuleFixture fixture(Settings{{"metrics-role", "prometheus|admin"}});
  const auto ask = [&](const std::string& authorization) {
    return answer_http({"/metrics", HttpMethod::kGet, "evil.example", authorization, {}, {}},
                       fixture.vhost.get(), "");
  };
  const auto bearer = [&](const char* role, int seconds) {
    return "Bearer " + fixture.token("bob", role, std::chrono::seconds(seconds));
  };
  RS_EXPECT_EQ(ask("").status, 401U);
  RS_EXPECT_EQ(ask("").fields.front().name, "www-authenticate");
  RS_EXPECT_EQ(ask("Basic YWxhZGRpbjpvcGVuc2VzYW1l").status, 401U);
  RS_EXPECT_EQ(ask("Bearer nonsense").status, 401U);
  RS_EXPECT_EQ(ask(bearer("prometheus", -60)).status, 401U);
  RS_EXPECT_EQ(ask(bearer("viewer", 60)).status, 403U);
  RS_EXPECT_EQ(ask(bearer("prometheus", 60)).status, 200U);
  RS_EXPECT_EQ(ask(bearer("admin", 60)).status, 200U);
}

RS_TEST(a_clock_that_is_set_makes_no_worker_dead_or_alive) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  const auto is_ready = [&] {
    return readiness_of(*fixture.hub, fixture.vhost->options().worker_timeout).ready;
  };
  RS_EXPECT(is_ready());
  fixture.clock.set_wall(fixture.clock.wall_now() + std::chrono::hours(48));
  RS_EXPECT(is_ready());
  fixture.clock.set_wall(fixture.clock.wall_now() - std::chrono::hours(96));
  RS_EXPECT(is_ready());
  fixture.clock.advance(fixture.vhost->options().worker_timeout + std::chrono::seconds(1));
  RS_EXPECT(!is_ready());
  fixture.clock.set_wall(fixture.clock.wall_now() - std::chrono::hours(1));
  RS_EXPECT(!is_ready());
}

RS_TEST(a_node_of_a_cluster_is_ready_when_it_serves_and_says_why_not) {
  ModuleFixture fixture;
  const auto worker = RS_UNWRAP(ControlSegment::open(fixture.dir / "control", fixture.clock));
  ClusterStatus status;
  status.node = "node-a";
  const auto ready = [&](ClusterState state, bool serves) {
    status.state = state;
    status.serves = serves;
    worker->set_cluster(status);
    return readiness_of(*fixture.hub, std::chrono::seconds(5));
  };
  RS_EXPECT(ready(ClusterState::kLive, true).ready);
  RS_EXPECT(ready(ClusterState::kCut, true).ready);
  status.behind = 81;
  RS_EXPECT_EQ(ready(ClusterState::kJoining, false).reason,
               "cluster: node node-a is joining, 81 messages behind");
  status.reason = "no server answers";
  RS_EXPECT_EQ(ready(ClusterState::kCut, false).reason,
               "cluster: node node-a is cut: no server answers");
  RS_EXPECT(ready(ClusterState::kNone, false).ready);
}

RS_TEST(not_ready_while_a_replaced_ring_is_attached) {
  ModuleFixture fixture;
  RS_EXPECT(readiness_of(*fixture.hub, std::chrono::seconds(5)).ready);
  fixture.writer.reset();
  RingOptions other;
  other.path = fixture.dir / "ring";
  other.capacity_bytes = 128U << 10U;
  fixture.writer = RS_UNWRAP(RingWriter::open(other, fixture.clock));
  fixture.writer->beat();
  RS_EXPECT_CONTAINS(readiness_of(*fixture.hub, std::chrono::seconds(5)).reason, "replaced");
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.writer->beat();
  fixture.hub->on_tick();
  RS_EXPECT(readiness_of(*fixture.hub, std::chrono::seconds(5)).ready);
}

namespace {

std::string own_field(const HttpAnswer& answer, std::string_view name) {
  for (const auto& [field, value] : answer.own) {
    if (field == name) {
      return value;
    }
  }
  return "none";
}

HttpAnswer ask(ModuleFixture& fixture, const std::string& path,
               HttpMethod method = HttpMethod::kGet, const std::string& origin = "") {
  return answer_http({path, method, "localhost", "", origin, {}}, fixture.vhost.get(), "");
}

}  // namespace

RS_TEST(a_browser_that_asks_whether_it_may_ask_is_told) {
  ModuleFixture fixture(Settings{{"origins", "https://good.example"}});
  for (const std::string path : {"/ticket", "/ws", "/logs"}) {
    const HttpAnswer good = ask(fixture, path, HttpMethod::kOptions, "https://good.example");
    RS_EXPECT_EQ(good.status, 204U);
    RS_EXPECT_EQ(own_field(good, "access-control-allow-origin"), "https://good.example");
    RS_EXPECT_EQ(own_field(good, "vary"), "origin");
    RS_EXPECT_CONTAINS(own_field(good, "access-control-allow-headers"), "authorization");
    const HttpAnswer evil = ask(fixture, path, HttpMethod::kOptions, "https://evil.example");
    RS_EXPECT_EQ(evil.status, 403U);
    RS_EXPECT_EQ(own_field(evil, "access-control-allow-origin"), "none");
    RS_EXPECT(evil.denied.has_value());
  }
  // It is not asked for these, nor by what is no browser.
  RS_EXPECT_EQ(ask(fixture, "/readyz", HttpMethod::kOptions, "https://good.example").status, 405U);
  RS_EXPECT_EQ(ask(fixture, "/ws", HttpMethod::kOptions).status, 405U);
  RS_EXPECT_EQ(own_field(ask(fixture, "/readyz"), "vary"), "none");
}

RS_TEST(a_head_is_answered_as_a_get_is) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(ask(fixture, "/healthz", HttpMethod::kHead).status, 200U);
  RS_EXPECT_EQ(ask(fixture, "/healthz", HttpMethod::kOther).status, 405U);
}

RS_TEST(readyz_tells_where_the_ring_is_and_what_becomes_of_its_history) {
  ModuleFixture fixture;
  const Seq seq = fixture.append("A", 1);
  fixture.clock.advance(std::chrono::milliseconds(1500));
  Json body = RS_UNWRAP(Json::parse(ask(fixture, "/readyz").body));
  RS_EXPECT_EQ(body["epoch"].as_string().value_or(""), format_epoch(fixture.writer->epoch()));
  RS_EXPECT_EQ(body["head"].as_string().value_or(""), fixture.id_of(seq));
  RS_EXPECT_EQ(body["history"].as_string().value_or(""), "off");
  RS_EXPECT_EQ(body["heartbeat_age_ms"].as_integer().value_or(-1), 1500);
  RS_EXPECT(!body["cluster"].present());
  fixture.hub->count(Counter::kHistoryStopped);
  body = RS_UNWRAP(Json::parse(ask(fixture, "/readyz").body));
  RS_EXPECT_EQ(body["history"].as_string().value_or(""), "stopped");
}

RS_TEST(a_heartbeat_may_be_exactly_as_old_as_the_timeout) {
  ModuleFixture fixture;
  fixture.clock.advance(std::chrono::seconds(5));
  RS_EXPECT(readiness_of(*fixture.hub, std::chrono::seconds(5)).ready);
  fixture.clock.advance(std::chrono::milliseconds(1));
  RS_EXPECT(!readiness_of(*fixture.hub, std::chrono::seconds(5)).ready);
}

RS_TEST(the_numbers_of_the_ring_are_on_the_page) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  fixture.clock.advance(std::chrono::seconds(2));
  const RingState state = fixture.hub->ring().state();
  RS_EXPECT_GT(state.tail.value, 1U);
  const std::string page = prometheus_of(*fixture.hub);
  const auto says = [&page](const std::string& name, std::uint64_t value) {
    RS_EXPECT_CONTAINS(page, "\n" + name + ' ' + std::to_string(value) + '\n');
  };
  says("ringside_ring_bytes", 64U << 10U);
  says("ringside_ring_used_bytes", state.head_position - state.tail_position);
  says("ringside_ring_head_sequence", 3000);
  says("ringside_ring_tail_sequence", state.tail.value);
  says("ringside_worker_heartbeat_age_seconds", 2);
  says("ringside_ring_history_seconds", 2);
}
