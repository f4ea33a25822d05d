#include <algorithm>

#include "tests/unit/worker/sources/source_fixture.hpp"
#include "worker/sources/source.hpp"

using namespace ringside;

namespace {

using Names = std::vector<std::string>;

Names names(test::SourceFixture& f) {
  Names out;
  for (const auto& source : make_sources(f.context())) {
    out.emplace_back(source->name());
  }
  return out;
}

}  // namespace

RS_TEST(only_what_is_configured_is_made) {
  test::SourceFixture f;
  f.options.host_metrics = false;
  RS_EXPECT_EQ(names(f), (Names{"sources_status"}));
  f.options.host_metrics = true;
  f.options.log_files = {"/var/log/*.log"};
  f.options.syslog_socket = f.dir / "s";
  f.options.statsd_listen = "127.0.0.1:0";
  f.options.journald = true;
  RS_EXPECT_EQ(names(f),
               (Names{"host_metrics", "files", "syslog", "statsd", "journald", "sources_status"}));
}

RS_TEST(all_sources_start_and_stop_again_and_again) {
  test::SourceFixture f;
  f.options.log_files = {f.dir / "*.log"};
  f.options.syslog_socket = f.dir / "s";
  f.options.statsd_listen = "127.0.0.1:0";
  f.options.journald = true;
  for (int i = 0; i < 3; ++i) {
    const auto sources = make_sources(f.context());
    for (const auto& source : sources) {
      RS_EXPECT_OK(source->start());
    }
    uv_run(f.loop(), UV_RUN_NOWAIT);
    for (const auto& source : sources) {
      source->stop();
    }
  }
  uv_run(f.loop(), UV_RUN_DEFAULT);
  RS_EXPECT_EQ(uv_loop_alive(f.loop()), 0);
}
