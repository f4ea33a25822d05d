#include <algorithm>

#include "core/config/worker_options.hpp"
#include "tests/unit/worker/sources/source_fixture.hpp"
#include "worker/sources/source.hpp"
#include "worker/sources/source_options.hpp"

using namespace ringside;

namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kAll =
    "[sources.files]\npaths = [\"/var/log/*.log\"]\n[sources.syslog]\nsocket = \"/tmp/s\"\n"
    "[sources.statsd]\nlisten = \"127.0.0.1:0\"\n[sources.journald]\nenabled = true\n";

OptionValues values_of(std::string_view toml) {
  auto loaded = parse_worker_options(toml, "test.toml", source_option_specs());
  RS_EXPECT(loaded.errors.empty());
  return loaded.options.source_values;
}

Names names(test::SourceFixture& f, std::string_view toml) {
  Names out;
  for (const auto& source : make_sources(f.context(), values_of(toml))) {
    out.emplace_back(source->name());
  }
  return out;
}

}  // namespace

RS_TEST(only_what_is_configured_is_made) {
  test::SourceFixture f;
  RS_EXPECT_EQ(names(f, ""), (Names{"host_metrics", "sources_status"}));
  RS_EXPECT_EQ(names(f, "sources.host_metrics.enabled = false"), (Names{"sources_status"}));
  RS_EXPECT_EQ(names(f, kAll),
               (Names{"host_metrics", "files", "syslog", "statsd", "journald", "sources_status"}));
}

RS_TEST(all_sources_start_and_stop_again_and_again) {
  test::SourceFixture f;
  const OptionValues values =
      values_of("sources.files.paths = [\"" + (f.dir / "*.log") +
                "\"]\nsources.syslog.socket = \"" + (f.dir / "s") +
                "\"\nsources.statsd.listen = \"127.0.0.1:0\"\nsources.journald.enabled = true\n");
  for (int i = 0; i < 3; ++i) {
    const auto sources = make_sources(f.context(), values);
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
