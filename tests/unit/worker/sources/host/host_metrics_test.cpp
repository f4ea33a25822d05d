#include "worker/sources/host/host_metrics.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/base/unique_fd.hpp"
#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

int count(const test::KeepingSink& sink, std::string_view type) {
  return static_cast<int>(std::ranges::count(
      sink.events, type, [](const auto& event) { return std::string_view(event.type); }));
}

}  // namespace

RS_TEST(live_machine_gives_metrics_and_health) {
  test::SourceFixture f;
  HostMetricsOptions options = options_from<HostMetricsOptions>({});
  options.interval = std::chrono::milliseconds(20);
  options.check_interval = std::chrono::milliseconds(60);
  HostMetrics source(f.context(), options);
  RS_EXPECT_OK(source.start());
  RS_RUN_UNTIL(f, count(f.sink, "SystemHealthUpdate") >= 3 &&
                      f.sink.metric("host_memory_used_bytes") != nullptr);
  source.stop();
  const auto* memory = f.sink.metric("host_memory_used_bytes");
  RS_EXPECT_EQ(memory->metadata["source"].as_string().value_or(""), "host_metrics");
  RS_EXPECT_EQ(memory->metadata["unit"].as_string().value_or(""), "bytes");
  RS_EXPECT(!memory->timestamp.empty());
  const auto health =
      std::ranges::find(f.sink.events, "SystemHealthUpdate", &test::KeptEvent::type);
  for (const auto* component : {"cpu", "memory", "load", "ring", "worker"}) {
    RS_EXPECT(health->data["components"][component]["status"].is_string());
  }
  RS_EXPECT_EQ(health->metadata["check_interval"].as_number().value_or(0), 0.06);
  RS_EXPECT_EQ(source.describe()["state"].as_string().value_or(""), "stopped");
}

RS_TEST(machine_that_shows_nothing_is_told_once_and_is_no_end) {
  test::SourceFixture f;
  HostMetricsOptions options = options_from<HostMetricsOptions>({});
  options.interval = std::chrono::milliseconds(5);
  HostMetrics source(f.context(), options, f.dir / "none");
  RS_EXPECT_OK(source.start());
  RS_RUN_UNTIL(f, count(f.sink, "SystemHealthUpdate") >= 1 && f.sink.n_errors >= 3);
  source.stop();
  RS_EXPECT_EQ(f.sink.events.at(0).data["components"]["worker"]["status"].as_string().value_or(""),
               "Warning");
  RS_EXPECT_CONTAINS(source.describe()["last_error"].as_string().value_or(""), "cannot be read");
}

RS_TEST(status_that_changes_is_told_before_the_next_check) {
  test::SourceFixture f;
  HostMetricsOptions options = options_from<HostMetricsOptions>({});
  options.interval = std::chrono::milliseconds(5);
  options.check_interval = std::chrono::hours(1);
  f.dir.write("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 90 kB\n");
  HostMetrics source(f.context(), options, f.dir / "proc");
  RS_EXPECT_OK(source.start());
  RS_RUN_UNTIL(f, count(f.sink, "SystemHealthUpdate") == 1);
  std::filesystem::rename(f.dir.write("meminfo", "MemTotal: 100 kB\nMemAvailable: 3 kB\n"),
                          f.dir / "proc/meminfo");
  RS_RUN_UNTIL(f, count(f.sink, "SystemHealthUpdate") == 2);
  source.stop();
  const auto last =
      std::ranges::find_if(f.sink.events.rbegin(), f.sink.events.rend(),
                           [](const auto& event) { return event.type == "SystemHealthUpdate"; });
  RS_EXPECT_EQ(last->data["overall_status"].as_string().value_or(""), "Critical");
  RS_EXPECT_CONTAINS(last->text("components.memory.message"), "97.0 %");
}

RS_TEST(source_may_stop_while_a_sample_is_read) {
  test::SourceFixture f;
  HostMetricsOptions options = options_from<HostMetricsOptions>({});
  f.dir.write("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 90 kB\n");
  const std::string pipe = f.dir / "proc/stat";  // reading it waits for someone to write
  RS_EXPECT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  {
    HostMetrics source(f.context(), options, f.dir / "proc");
    RS_EXPECT_OK(source.start());
    uv_run(f.loop(), UV_RUN_NOWAIT);
    source.stop();
  }
  UniqueFd(::open(pipe.c_str(), O_WRONLY)).reset();
  uv_run(f.loop(), UV_RUN_DEFAULT);
  RS_EXPECT(f.sink.events.empty());
}

RS_TEST(sample_that_takes_longer_than_the_interval_is_told_and_not_doubled) {
  test::SourceFixture f;
  HostMetricsOptions options = options_from<HostMetricsOptions>({});
  options.interval = std::chrono::milliseconds(5);
  const std::string pipe = f.dir / "proc/stat";
  f.dir.write("proc/meminfo", "");
  RS_EXPECT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  HostMetrics source(f.context(), options, f.dir / "proc");
  RS_EXPECT_OK(source.start());
  RS_RUN_UNTIL(f, f.sink.n_errors >= 3);
  RS_EXPECT_CONTAINS(source.describe()["last_error"].as_string().value_or(""), "not finished");
  source.stop();
  UniqueFd(::open(pipe.c_str(), O_WRONLY)).reset();
}
