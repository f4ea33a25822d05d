// The format wants HELP and TYPE once for each metric and all its lines together. Lines of one
// metric are together in the counters table, but the table only ever grows at its end, so they
// are collected by name here.
//
// A histogram's buckets are stored apart and added up at this point: counting then touches one word
// for an observation, and a scrape between two additions still sees buckets that never decrease
// from one `le` to the next.
#include "core/control/prometheus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

namespace ringside {
namespace {

constexpr std::string_view kSumLabel = "sum_us";

[[nodiscard]] std::string_view name_of(CounterKind kind) noexcept {
  switch (kind) {
    case CounterKind::counter:
      return "counter";
    case CounterKind::gauge:
      return "gauge";
    case CounterKind::histogram:
      return "histogram";
  }
  return "untyped";
}

class Page {
 public:
  void begin(std::string_view metric, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", metric, help, metric,
                   type);
  }

  template <class Number>
  void line(std::string_view metric, std::string_view labels, Number value) {
    if (labels.empty()) {
      fmt::format_to(std::back_inserter(text_), "{} {}\n", metric, value);
    } else {
      fmt::format_to(std::back_inserter(text_), "{}{{{}}} {}\n", metric, labels, value);
    }
  }

  template <class Number>
  void gauge(std::string_view metric, std::string_view help, Number value) {
    begin(metric, "gauge", help);
    line(metric, "", value);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_histogram(Page& page, const ControlSegment& control, std::string_view metric) {
  const std::string bucket = std::string(metric) + "_bucket";
  std::uint64_t count = 0;
  std::uint64_t sum_us = 0;
  for (const CounterInfo& info : counter_table()) {
    if (info.metric != metric) {
      continue;
    }
    if (info.labels == kSumLabel) {
      sum_us = control.total(info.counter);
    } else {
      count += control.total(info.counter);
      page.line(bucket, info.labels, count);
    }
  }
  page.line(std::string(metric) + "_sum", "", static_cast<double>(sum_us) / 1e6);
  page.line(std::string(metric) + "_count", "", count);
}

void add_counters(Page& page, const ControlSegment& control) {
  std::vector<std::string_view> done;
  for (const CounterInfo& first : counter_table()) {
    if (std::find(done.begin(), done.end(), first.metric) != done.end()) {
      continue;
    }
    done.push_back(first.metric);
    page.begin(first.metric, name_of(first.kind), first.help);
    if (first.kind == CounterKind::histogram) {
      add_histogram(page, control, first.metric);
      continue;
    }
    for (const CounterInfo& info : counter_table()) {
      if (info.metric == first.metric) {
        page.line(info.metric, info.labels, control.total(info.counter));
      }
    }
  }
}

[[nodiscard]] double seconds_between(WallTime from, WallTime to) noexcept {
  const double seconds = std::chrono::duration<double>(to - from).count();
  return seconds > 0 ? seconds : 0;
}

void add_ring(Page& page, const RingGauges* ring, WallTime now) {
  const bool up = ring != nullptr && ring->heartbeat_age <= ring->worker_timeout;
  page.gauge("ringside_worker_up", "Whether the worker's heartbeat is fresh.", up ? 1 : 0);
  if (ring == nullptr) {
    return;
  }
  page.gauge(
      "ringside_worker_heartbeat_age_seconds", "Time since the worker's last heartbeat.",
      std::chrono::duration<double>(std::max(ring->heartbeat_age, std::chrono::nanoseconds(0)))
          .count());
  page.gauge("ringside_ring_head_sequence", "Sequence of the newest event.", ring->head_seq);
  page.gauge("ringside_ring_tail_sequence", "Sequence of the oldest event in the ring.",
             ring->tail_seq);
  page.gauge("ringside_ring_bytes", "Size of the ring's data area.", ring->capacity_bytes);
  page.gauge("ringside_ring_used_bytes", "Bytes of events in the ring.", ring->held_bytes);
  if (ring->oldest_received) {
    page.gauge("ringside_ring_history_seconds", "Age of the oldest event in the ring.",
               seconds_between(*ring->oldest_received, now));
  }
}

void add_processes(Page& page, const ControlSegment& control) {
  int n_workers = 0;
  int n_plugins = 0;
  int n_draining = 0;
  for (const ProcessInfo& process : control.processes()) {
    n_workers += process.kind == ProcessKind::kWorker ? 1 : 0;
    n_plugins += process.kind == ProcessKind::kPlugin ? 1 : 0;
    n_draining += process.draining ? 1 : 0;
  }
  page.begin("ringside_processes", "gauge", "Living processes.");
  page.line("ringside_processes", "kind=\"worker\"", n_workers);
  page.line("ringside_processes", "kind=\"plugin\"", n_plugins);
  page.gauge("ringside_processes_draining", "Processes that close their connections.", n_draining);
}

void add_revocations(Page& page, const ControlSegment& control) {
  page.gauge("ringside_revocations", "Revocations that are kept.", control.n_revocations());
  page.gauge("ringside_revocations_limit", "Revocations that there is room for.",
             ControlSegment::kMaxRevocations);
}

void add_cluster(Page& page, const ClusterStatus& cluster, WallTime now) {
  if (cluster.state == ClusterState::kNone) {
    return;
  }
  page.begin("ringside_cluster_state", "gauge", "Whether this node is in this state.");
  for (const ClusterState state :
       {ClusterState::kJoining, ClusterState::kLive, ClusterState::kCut, ClusterState::kFenced}) {
    page.line("ringside_cluster_state", "state=\"" + std::string(name_of(state)) + '"',
              cluster.state == state ? 1 : 0);
  }
  page.gauge("ringside_cluster_state_seconds", "Time since the state changed.",
             seconds_between(cluster.changed, now));
  page.gauge("ringside_cluster_head_sequence",
             "Sequence of the last event of the log that this node has.", cluster.head);
}

}  // namespace

std::string prometheus_text(const ControlSegment& control, const RingGauges* ring, WallTime now) {
  Page page;
  add_counters(page, control);
  add_ring(page, ring, now);
  add_processes(page, control);
  add_revocations(page, control);
  add_cluster(page, control.cluster(), now);
  return page.take();
}

}  // namespace ringside
