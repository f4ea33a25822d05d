#include "core/control/prometheus.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

struct Page {
  Page() { RS_EXPECT_OK(control->join(ProcessKind::kPlugin)); }
  [[nodiscard]] std::string text(const RingGauges* ring = nullptr) const {
    return prometheus_text(*control, ring, clock.wall_now());
  }
  // "\nNAME VALUE\n" must be in the page.
  void expect_line(const std::string& line, const RingGauges* ring = nullptr) const {
    RS_EXPECT_CONTAINS("\n" + text(ring), "\n" + line + "\n");
  }
  TempDir dir;
  ManualClock clock;
  std::unique_ptr<ControlSegment> control = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
};

RingGauges make_ring(const Page& page) {
  RingGauges ring;
  ring.head_seq = 500;
  ring.tail_seq = 101;
  ring.capacity_bytes = 65536;
  ring.held_bytes = 60000;
  ring.oldest_received = page.clock.wall_now() - std::chrono::milliseconds(90'500);
  ring.heartbeat_age = std::chrono::milliseconds(250);
  return ring;
}

}  // namespace

RS_TEST(worker_is_down_when_its_heartbeat_is_older_than_the_timeout) {
  const Page page;
  RingGauges ring = make_ring(page);
  ring.worker_timeout = std::chrono::milliseconds(250);
  page.expect_line("ringside_worker_up 1", &ring);
  ring.worker_timeout = std::chrono::milliseconds(249);
  page.expect_line("ringside_worker_up 0", &ring);
}

RS_TEST(counters_gauges_and_labels_are_written) {
  const Page page;
  page.control->add(Counter::kEventsIn, 7);
  page.control->add(Counter::kConnectionsLogs, 2);
  page.control->add(Counter::kClose4001, 3);
  page.expect_line("ringside_events_received_total 7");
  page.expect_line("ringside_connections{endpoint=\"ws\"} 0");
  page.expect_line("ringside_connections{endpoint=\"logs\"} 2");
  page.expect_line("ringside_closes_total{code=\"4001\"} 3");
  page.expect_line("# TYPE ringside_connections gauge");
  page.expect_line("# HELP ringside_events_received_total Events accepted from all sources.");
}

RS_TEST(histogram_is_cumulative_with_sum_in_seconds_and_count) {
  const Page page;
  page.control->add(Counter::kLagLe1Ms, 10);
  page.control->add(Counter::kLagLe10Ms, 5);
  page.control->add(Counter::kLagLeInf, 1);
  page.control->add(Counter::kLagSumUs, 1'500'000);
  page.expect_line("# TYPE ringside_delivery_lag_seconds histogram");
  page.expect_line("ringside_delivery_lag_seconds_bucket{le=\"0.001\"} 10");
  page.expect_line("ringside_delivery_lag_seconds_bucket{le=\"0.005\"} 10");
  page.expect_line("ringside_delivery_lag_seconds_bucket{le=\"0.01\"} 15");
  page.expect_line("ringside_delivery_lag_seconds_bucket{le=\"10\"} 15");
  page.expect_line("ringside_delivery_lag_seconds_bucket{le=\"+Inf\"} 16");
  page.expect_line("ringside_delivery_lag_seconds_sum 1.5");
  page.expect_line("ringside_delivery_lag_seconds_count 16");
}

RS_TEST(ring_and_worker_are_described) {
  const Page page;
  const RingGauges ring = make_ring(page);
  page.expect_line("ringside_ring_head_sequence 500", &ring);
  page.expect_line("ringside_ring_tail_sequence 101", &ring);
  page.expect_line("ringside_ring_bytes 65536", &ring);
  page.expect_line("ringside_ring_used_bytes 60000", &ring);
  page.expect_line("ringside_ring_history_seconds 90.5", &ring);
  page.expect_line("ringside_worker_heartbeat_age_seconds 0.25", &ring);
  page.expect_line("ringside_worker_up 1", &ring);
  page.expect_line("ringside_processes{kind=\"plugin\"} 1", &ring);
  page.expect_line("ringside_processes{kind=\"worker\"} 0", &ring);
  page.expect_line("ringside_revocations 0", &ring);
  page.expect_line("ringside_revocations_limit 65536", &ring);
}

RS_TEST(worker_is_down_when_its_heart_has_stopped_or_there_is_no_ring) {
  const Page page;
  RingGauges ring = make_ring(page);
  ring.heartbeat_age = ring.worker_timeout + std::chrono::seconds(1);
  page.expect_line("ringside_worker_up 0", &ring);
  page.expect_line("ringside_worker_up 0");
  RS_EXPECT_NOT_CONTAINS(page.text(), "ringside_ring_");
}

RS_TEST(heartbeat_from_the_future_has_no_negative_age) {
  const Page page;
  RingGauges ring = make_ring(page);
  ring.heartbeat_age = -std::chrono::seconds(10);
  page.expect_line("ringside_worker_heartbeat_age_seconds 0", &ring);
}

RS_TEST(empty_ring_has_no_history) {
  const Page page;
  RingGauges ring = make_ring(page);
  ring.oldest_received.reset();
  RS_EXPECT_NOT_CONTAINS(page.text(&ring), "ringside_ring_history_seconds");
}

// The rules of the text format that scrapers insist on.
RS_TEST(page_is_well_formed) {
  const Page page;
  const RingGauges ring = make_ring(page);
  const std::string text = page.text(&ring);
  RS_EXPECT(text.ends_with('\n'));
  std::set<std::string> finished;
  std::set<std::string> series;
  std::string metric;
  for (const std::string_view line :
       split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
    if (line.starts_with("# HELP ")) {
      finished.insert(metric);
      metric = line.substr(7, line.find(' ', 7) - 7);
      RS_EXPECT(!finished.contains(metric));  // described once, its lines in one place
    } else if (line.starts_with("# TYPE ")) {
      RS_EXPECT(line.starts_with("# TYPE " + metric + " "));
    } else {
      RS_EXPECT(line.starts_with(metric));
      const std::size_t value = line.rfind(' ');
      RS_EXPECT(series.emplace(line.substr(0, value)).second);
      char* end = nullptr;
      const std::string number(line.substr(value + 1));
      (void)std::strtod(number.c_str(), &end);
      RS_EXPECT(!number.empty() && *end == '\0');
    }
  }
}

RS_TEST(promtool_finds_nothing_wrong) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    RS_SKIP("promtool is not installed");
  }
  const Page page;
  const RingGauges ring = make_ring(page);
  const std::string path = page.dir.write("page", page.text(&ring));
  RS_EXPECT_EQ(std::system(("promtool check metrics < " + path).c_str()), 0);
}

}  // namespace ringside::test
