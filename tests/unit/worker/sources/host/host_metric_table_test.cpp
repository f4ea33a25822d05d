#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "worker/sources/host/host_sample.hpp"

using namespace ringside;

namespace {

ProcTexts recorded() {
  ProcTexts texts;
  texts.stat =
      "cpu  100 0 50 800 50 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nctxt 1000\nprocesses "
      "10\nprocs_running 1\nprocs_blocked 0\n";
  texts.meminfo =
      "MemTotal: 1000 kB\nMemAvailable: 250 kB\nCached: 100 kB\nSwapTotal: 400 kB\nSwapFree: 300 "
      "kB\n";
  texts.loadavg = "0.50 1.00 1.50 1/94 6256\n";
  texts.uptime = "12345.67 1.0\n";
  texts.diskstats = "8 0 sda 100 0 2000 5 10 0 400 5 0 1000 10\n";
  texts.net_dev = "eth0: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0\n";
  return texts;
}

ProcTexts recorded_ten_seconds_later() {
  ProcTexts texts = recorded();
  texts.stat =
      "cpu  150 0 75 875 100 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nctxt 1500\nprocesses "
      "12\nprocs_running 2\nprocs_blocked 1\n";
  texts.diskstats = "8 0 sda 200 0 4000 5 15 0 600 5 0 3500 10\n";
  texts.net_dev = "eth0: 51000 110 1 2 0 0 0 0 2500 25 3 4 0 0 0 0\n";
  return texts;
}

// The value of a metric, by name and the first label's value.
std::optional<double> value_of(const std::vector<Metric>& metrics, std::string_view name,
                               std::string_view label = "") {
  for (const auto& metric : metrics) {
    if (metric.name == name &&
        (label.empty() || (!metric.labels.empty() && metric.labels[0].second == label))) {
      return metric.value;
    }
  }
  return std::nullopt;
}

std::vector<Metric> ten_seconds() {
  test::ManualClock clock;
  const HostSample before = parse_sample(recorded(), clock.mono_now());
  clock.advance(std::chrono::seconds(10));
  return make_host_metrics(&before, parse_sample(recorded_ten_seconds_later(), clock.mono_now()));
}

}  // namespace

RS_TEST(cpu_is_percent_of_the_ticks_between_two_samples) {
  const auto metrics = ten_seconds();
  RS_EXPECT_EQ(value_of(metrics, "host_cpu_usage_percent").value_or(-1), 37.5);
  RS_EXPECT_EQ(value_of(metrics, "host_cpu_mode_percent", "user").value_or(-1), 25.0);
  RS_EXPECT_EQ(value_of(metrics, "host_cpu_mode_percent", "system").value_or(-1), 12.5);
  RS_EXPECT_EQ(value_of(metrics, "host_cpu_mode_percent", "iowait").value_or(-1), 25.0);
  RS_EXPECT_EQ(value_of(metrics, "host_cpu_count").value_or(-1), 2.0);
}

RS_TEST(rates_are_per_second_of_the_time_between_two_samples) {
  const auto metrics = ten_seconds();
  RS_EXPECT_EQ(value_of(metrics, "host_disk_read_bytes_per_second", "sda").value_or(-1), 102400.0);
  RS_EXPECT_EQ(value_of(metrics, "host_disk_write_bytes_per_second", "sda").value_or(-1), 10240.0);
  RS_EXPECT_EQ(value_of(metrics, "host_disk_reads_per_second", "sda").value_or(-1), 10.0);
  RS_EXPECT_EQ(value_of(metrics, "host_disk_busy_percent", "sda").value_or(-1), 25.0);
  RS_EXPECT_EQ(value_of(metrics, "host_network_receive_bytes_per_second", "eth0").value_or(-1),
               5000.0);
  RS_EXPECT_EQ(value_of(metrics, "host_network_transmit_packets_per_second", "eth0").value_or(-1),
               0.5);
  RS_EXPECT_EQ(value_of(metrics, "host_network_errors_total", "eth0").value_or(-1), 4.0);
  RS_EXPECT_EQ(value_of(metrics, "host_network_dropped_total", "eth0").value_or(-1), 6.0);
}

RS_TEST(state_is_as_it_stands) {
  const auto metrics = ten_seconds();
  RS_EXPECT_EQ(value_of(metrics, "host_memory_used_bytes").value_or(-1), 750.0 * 1024);
  RS_EXPECT_EQ(value_of(metrics, "host_memory_usage_percent").value_or(-1), 75.0);
  RS_EXPECT_EQ(value_of(metrics, "host_swap_usage_percent").value_or(-1), 25.0);
  RS_EXPECT_EQ(value_of(metrics, "host_load_average", "5m").value_or(-1), 1.0);
  RS_EXPECT_EQ(value_of(metrics, "host_uptime_seconds").value_or(-1), 12345.0);
  RS_EXPECT_EQ(value_of(metrics, "host_processes_blocked").value_or(-1), 1.0);
  RS_EXPECT_EQ(value_of(metrics, "host_context_switches_total").value_or(-1), 1500.0);
}

RS_TEST(first_sample_gives_no_rates) {
  const auto metrics = make_host_metrics(nullptr, parse_sample(recorded(), MonoTime()));
  RS_EXPECT(!value_of(metrics, "host_cpu_usage_percent").has_value());
  RS_EXPECT(!value_of(metrics, "host_disk_read_bytes_per_second").has_value());
  RS_EXPECT(value_of(metrics, "host_memory_used_bytes").has_value());
}

RS_TEST(no_time_between_two_samples_gives_no_rates) {
  const HostSample sample = parse_sample(recorded(), MonoTime());
  const auto metrics = make_host_metrics(&sample, sample);
  RS_EXPECT(!value_of(metrics, "host_cpu_usage_percent").has_value());
  RS_EXPECT(!value_of(metrics, "host_disk_read_bytes_per_second").has_value());
}

RS_TEST(counter_that_went_back_gives_no_rate) {
  const HostSample before = parse_sample(recorded_ten_seconds_later(), MonoTime());
  const HostSample now = parse_sample(recorded(), MonoTime(std::chrono::seconds(10)));
  const auto metrics = make_host_metrics(&before, now);
  RS_EXPECT(!value_of(metrics, "host_network_receive_bytes_per_second").has_value());
  RS_EXPECT(!value_of(metrics, "host_disk_busy_percent").has_value());
}

RS_TEST(device_that_appears_has_no_rate_at_first) {
  ProcTexts texts = recorded();
  texts.diskstats.clear();
  const HostSample before = parse_sample(texts, MonoTime());
  const auto metrics =
      make_host_metrics(&before, parse_sample(recorded(), MonoTime(std::chrono::seconds(5))));
  RS_EXPECT(!value_of(metrics, "host_disk_read_bytes_per_second").has_value());
}

RS_TEST(idle_ticks_that_go_back_do_not_make_usage_negative) {
  const auto usage =
      cpu_usage_percent(CpuTicks{0, 0, 0, 100, 50, 0, 0, 0}, CpuTicks{10, 0, 0, 90, 40, 0, 0, 0});
  RS_EXPECT_EQ(usage.value_or(-1), 100.0);
  RS_EXPECT(!cpu_usage_percent(CpuTicks{}, CpuTicks{}).has_value());
}

RS_TEST(every_metric_stands_in_the_table_with_its_kind_and_unit) {
  std::map<std::string_view, HostMetricInfo> table;
  for (const auto& info : host_metric_table()) {
    RS_EXPECT(table.emplace(info.name, info).second);
  }
  for (const auto& metric : ten_seconds()) {
    const auto found = table.find(metric.name);
    RS_EXPECT(found != table.end());
    RS_EXPECT(found->second.kind == metric.kind);
    RS_EXPECT_EQ(found->second.unit, metric.unit);
  }
}

RS_TEST(documentation_names_every_metric) {
  const char* const root = std::getenv("RINGSIDE_SOURCE_DIR");
  if (root == nullptr) {
    RS_SKIP("RINGSIDE_SOURCE_DIR is not set: not run by ctest");
  }
  const std::string text = test::read_file(std::string(root) + "/docs/sources.md");
  for (const auto& info : host_metric_table()) {
    RS_EXPECT_CONTAINS(text, "`" + std::string(info.name) + "`");
  }
}

// Random damage to real texts: nothing may crash, and no value be other than finite.
RS_TEST(damaged_texts_give_finite_values_only) {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 2000; ++round) {
    std::array<ProcTexts, 2> texts{recorded(), recorded_ten_seconds_later()};
    for (auto& t : texts) {
      for (std::string* text :
           {&t.stat, &t.meminfo, &t.loadavg, &t.uptime, &t.diskstats, &t.net_dev}) {
        for (auto n = random() % 6; n > 0 && !text->empty(); --n) {
          (*text)[random() % text->size()] =
              static_cast<char>(random() % 3 == 0 ? '9' : static_cast<int>(random() % 256));
        }
        text->resize(text->size() - random() % (text->size() + 1) / 4);
      }
    }
    const HostSample before = parse_sample(texts[0], MonoTime());
    for (const auto& metric :
         make_host_metrics(&before, parse_sample(texts[1], MonoTime(std::chrono::seconds(1))))) {
      RS_EXPECT(std::isfinite(metric.value));
      RS_EXPECT_GE(metric.value, 0.0);
    }
  }
}
