#include "worker/sources/host/host_health.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/support/rs_test.hpp"

using namespace ringside;
using std::chrono::seconds;

namespace {

FsUsage fs(std::string point, std::uint64_t used, std::uint64_t available) {
  return FsUsage{{std::move(point), "/dev/x", "ext4"}, used + available, used, available, 0, 0};
}

// A machine that does nothing, at `at_s` seconds.
HostSample quiet(int at_s, std::uint64_t busy_ticks = 0) {
  HostSample sample;
  sample.at = MonoTime(seconds(at_s));
  sample.stat.cpu =
      CpuTicks{busy_ticks, 0, 0, static_cast<std::uint64_t>(at_s) * 100 - busy_ticks, 0, 0, 0, 0};
  sample.stat.n_cpus = 2;
  sample.memory = MemInfo{1000u << 20u, 0, 800u << 20u, 0, 0, 0};
  sample.load = std::array<double, 3>{0, 0, 0};
  sample.filesystems = {fs("/", 30, 70), fs("/var", 50, 50)};
  return sample;
}

WorkerVitals sound() {
  WorkerVitals vitals;
  vitals.run_dir = fs("/run", 1, 99);
  return vitals;
}

const ComponentHealth& component(const HealthReport& report, std::string_view name) {
  const auto found = std::ranges::find(report.components, name, &ComponentHealth::name);
  RS_EXPECT(found != report.components.end());
  return *found;
}

}  // namespace

RS_TEST(quiet_machine_is_healthy_and_its_numbers_are_told) {
  HostHealth health(seconds(30));
  const HealthReport report = health.evaluate(quiet(10), sound());
  RS_EXPECT(report.overall == Health::kHealthy);
  RS_EXPECT_EQ(report.components.size(), 6u);
  RS_EXPECT_EQ(report.memory_usage_mb, 200.0);
  RS_EXPECT_EQ(report.disk_usage, 50.0);
  for (const auto& one : report.components) {
    RS_EXPECT_EQ(one.message, "");
  }
}

RS_TEST(cpu_is_judged_over_the_whole_window_only) {
  HostHealth health(seconds(30));
  (void)health.evaluate(quiet(0, 0), sound());
  HealthReport report = health.evaluate(quiet(5, 500), sound());
  RS_EXPECT_EQ(report.cpu_usage, 100.0);
  RS_EXPECT(component(report, "cpu").status == Health::kHealthy);
  report = health.evaluate(quiet(20, 2000), sound());
  RS_EXPECT(component(report, "cpu").status == Health::kCritical);
  RS_EXPECT_EQ(component(report, "cpu").message, "CPU usage 100.0 % over 20 s");
  report = health.evaluate(quiet(50, 2000), sound());
  RS_EXPECT_EQ(report.cpu_usage, 0.0);
  RS_EXPECT(report.overall == Health::kHealthy);
}

RS_TEST(full_file_system_is_named_with_what_is_left) {
  HostHealth health(seconds(30));
  HostSample sample = quiet(1);
  sample.filesystems.push_back(fs("/srv", 90ull << 30u, 10ull << 30u));
  const HealthReport report = health.evaluate(sample, sound());
  RS_EXPECT(report.overall == Health::kWarning);
  RS_EXPECT_EQ(component(report, "disk").message, "/srv is 90.0 % full, 10.0 GiB left");
  RS_EXPECT_EQ(report.disk_usage, 90.0);
}

RS_TEST(file_system_without_inodes_is_critical) {
  HostHealth health(seconds(30));
  HostSample sample = quiet(1);
  sample.filesystems[1].inodes = 100;
  sample.filesystems[1].inodes_free = 3;
  const HealthReport report = health.evaluate(sample, sound());
  RS_EXPECT(component(report, "disk").status == Health::kCritical);
  RS_EXPECT_EQ(component(report, "disk").message, "/var has 97.0 % of its inodes in use, 3 left");
}

RS_TEST(memory_and_load_have_reasons) {
  HostHealth health(seconds(30));
  HostSample sample = quiet(1);
  sample.memory = MemInfo{1000u << 20u, 0, 100u << 20u, 0, 10u << 20u, 4u << 20u};
  sample.load = std::array<double, 3>{0, 9.0, 0};
  const HealthReport report = health.evaluate(sample, sound());
  RS_EXPECT(component(report, "memory").status == Health::kWarning);
  RS_EXPECT_EQ(
      component(report, "memory").message,
      "memory usage 90.0 %, 100.0 MiB of 1000.0 MiB available, swap 6.0 MiB of 10.0 MiB in use");
  RS_EXPECT(component(report, "load").status == Health::kCritical);
  RS_EXPECT_EQ(component(report, "load").message,
               "load average over 5 minutes 9.00 on 2 processors");
  RS_EXPECT(report.overall == Health::kCritical);
}

RS_TEST(worker_judges_itself) {
  HostHealth health(seconds(30));
  WorkerVitals vitals = sound();
  vitals.loop_delay = std::chrono::milliseconds(1500);
  HealthReport report = health.evaluate(quiet(1), vitals);
  RS_EXPECT_EQ(component(report, "worker").message, "the worker's loop was 1.5 s late");
  vitals = sound();
  vitals.n_unread = 2;
  report = health.evaluate(quiet(2), vitals);
  RS_EXPECT(component(report, "worker").status == Health::kWarning);
  vitals.run_dir.reset();
  report = health.evaluate(quiet(3), vitals);
  RS_EXPECT(component(report, "ring").status == Health::kCritical);
  vitals.run_dir = fs("/run", 95, 5);
  report = health.evaluate(quiet(4), vitals);
  RS_EXPECT(component(report, "ring").status == Health::kWarning);
  RS_EXPECT_CONTAINS(component(report, "ring").message, "/run is 95.0 % full");
}

RS_TEST(value_that_hovers_around_a_threshold_changes_the_status_once) {
  HostHealth health(seconds(30));
  int n_changes = 0;
  for (int i = 0; i < 20; ++i) {
    HostSample sample = quiet(i + 1);
    sample.filesystems = {i % 2 == 0 ? fs("/", 8510, 1490) : fs("/", 8490, 1510)};
    (void)health.evaluate(sample, sound());
    n_changes += health.changed() ? 1 : 0;
  }
  RS_EXPECT_EQ(n_changes, 1);  // the first report
  HostSample sample = quiet(30);
  sample.filesystems = {fs("/", 83, 17)};
  RS_EXPECT(health.evaluate(sample, sound()).overall == Health::kHealthy);
  RS_EXPECT(health.changed());
  RS_EXPECT(health.evaluate(sample, sound()).overall == Health::kHealthy);
  RS_EXPECT(!health.changed());
}

RS_TEST(thresholds_have_a_margin_on_the_way_down_only) {
  const Threshold t{85, 95, 2};
  RS_EXPECT(t.evaluate(84.9, Health::kHealthy) == Health::kHealthy);
  RS_EXPECT(t.evaluate(85, Health::kHealthy) == Health::kWarning);
  RS_EXPECT(t.evaluate(83, Health::kWarning) == Health::kWarning);
  RS_EXPECT(t.evaluate(82.9, Health::kWarning) == Health::kHealthy);
  RS_EXPECT(t.evaluate(94, Health::kCritical) == Health::kCritical);
  RS_EXPECT(t.evaluate(92, Health::kCritical) == Health::kWarning);
  RS_EXPECT(t.evaluate(94, Health::kWarning) == Health::kWarning);
  RS_EXPECT(t.evaluate(99, Health::kHealthy) == Health::kCritical);
}

RS_TEST(machine_that_shows_nothing_is_judged_by_what_is_left) {
  HostHealth health(seconds(30));
  const HealthReport report = health.evaluate(HostSample(), sound());
  RS_EXPECT_EQ(report.components.size(), 2u);
  RS_EXPECT(report.overall == Health::kHealthy);
}

RS_TEST(report_becomes_the_system_health_update_of_the_api) {
  HealthReport report;
  report.overall = Health::kWarning;
  report.components = {{"cpu", Health::kHealthy, ""}, {"disk", Health::kWarning, "/ is full"}};
  report.cpu_usage = 45.2;
  report.memory_usage_mb = 2048;
  report.disk_usage = 75.5;
  const SourceEvent event =
      make_health_event(report, wall_from_ns(1'758'880'800'000'000'000), seconds(30));
  RS_EXPECT_EQ(event.type, "SystemHealthUpdate");
  RS_EXPECT_EQ(event.timestamp, "2025-09-26T10:00:00.000000Z");
  RS_EXPECT_EQ(
      event.data.dump(),
      R"({"overall_status":"Warning",)"
      R"("components":{"cpu":{"status":"Healthy","last_check":"2025-09-26T10:00:00.000000Z"},)"
      R"("disk":{"status":"Warning","last_check":"2025-09-26T10:00:00.000000Z","message":"/ is full"}},)"
      R"("metrics":{"cpu_usage":45.2,"memory_usage":2048,"disk_usage":75.5,"active_workflows":0}})");
  RS_EXPECT_EQ(
      event.metadata.dump(),
      R"({"check_interval":30,"next_check":"2025-09-26T10:00:30.000000Z","source":"host_metrics"})");
}
