#include "module/probes.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(healthz_is_about_this_process_and_readyz_about_the_pipe) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(answer_http("/readyz", true, fixture.vhost.get(), "").status, 200U);
  fixture.clock.advance(std::chrono::minutes(1));
  RS_EXPECT_EQ(answer_http("/healthz", true, fixture.vhost.get(), "").status, 200U);
  const HttpAnswer stale = answer_http("/readyz", true, fixture.vhost.get(), "");
  RS_EXPECT_EQ(stale.status, 503U);
  RS_EXPECT_CONTAINS(stale.body, "heartbeat");
}

RS_TEST(a_refused_configuration_is_not_ready_and_says_why) {
  const HttpAnswer answer = answer_http("/readyz", true, nullptr, "keys: no key");
  RS_EXPECT_EQ(answer.status, 503U);
  RS_EXPECT_CONTAINS(answer.body, "keys: no key");
}

RS_TEST(metrics_is_prometheus_text) {
  ModuleFixture fixture;
  const HttpAnswer answer = answer_http("/metrics", true, fixture.vhost.get(), "");
  RS_EXPECT_CONTAINS(answer.content_type, "version=0.0.4");
  RS_EXPECT_CONTAINS(answer.body, "# TYPE ringside_events_sent_total counter");
}

RS_TEST(other_methods_and_paths_get_their_own_answers) {
  ModuleFixture fixture;
  RS_EXPECT_EQ(answer_http("/readyz", false, fixture.vhost.get(), "").status, 405U);
  RS_EXPECT_EQ(answer_http("/ws", true, fixture.vhost.get(), "").status, 426U);
  RS_EXPECT_EQ(answer_http("/what", true, fixture.vhost.get(), "").status, 404U);
}
