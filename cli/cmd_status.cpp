// ringside status: the ring, the worker, the plugin processes and what they have counted, read from
// shared memory without disturbing anyone.
#include <fmt/format.h>
#include <poll.h>

#include <memory>
#include <optional>

#include "cli/command.hpp"
#include "cli/control_access.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_dir_hint.hpp"
#include "cli/sources_report.hpp"
#include "cli/terminal.hpp"
#include "core/base/heartbeat.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/control/control_segment.hpp"
#include "core/ring/reader.hpp"

namespace ringside::cli {
namespace {

constexpr int kRateWindowMs = 1000;

struct StatusOptions {
  std::string output = "text";
  bool watch = false;
};

struct Snapshot {
  RingState ring;
  std::optional<WallTime> oldest;
  double events_per_second = 0;
  double bytes_per_second = 0;
  std::chrono::milliseconds heartbeat_age{0};
  std::vector<ProcessInfo> processes;
  Json sources;
};

Snapshot take(const RingReader& ring, const ControlSegment& control, const std::string& run_dir) {
  Snapshot now;
  const RingState before = ring.state();
  ::poll(nullptr, 0, kRateWindowMs);
  now.ring = ring.state();
  now.events_per_second =
      static_cast<double>(now.ring.head.value - before.head.value) * 1000 / kRateWindowMs;
  now.bytes_per_second =
      static_cast<double>(now.ring.head_position - before.head_position) * 1000 / kRateWindowMs;
  Record record;
  Cursor tail = ring.cursor_at_tail();
  if (ring.read_next(tail, record).outcome == ReadOutcome::kRecord) {
    now.oldest = record.received;
  }
  now.heartbeat_age = std::chrono::duration_cast<std::chrono::milliseconds>(
      heartbeat_age(now.ring, system_clock()));
  now.processes = control.processes();
  now.sources = read_sources(run_dir, static_cast<std::int64_t>(now.ring.writer_pid));
  return now;
}

bool healthy(const Snapshot& now) { return now.heartbeat_age < kWorkerTimeout; }

// Null without a cluster.
Json cluster_json(const ClusterStatus& cluster) {
  if (cluster.state == ClusterState::kNone) {
    return Json::null();
  }
  return Json::object()
      .set("node", cluster.node)
      .set("state", name_of(cluster.state))
      .set("reason", cluster.reason)
      .set("since", format_rfc3339(cluster.changed))
      .set("behind", cluster.behind)
      .set("head", cluster.head)
      .deep_copy();
}

std::string as_json(const Snapshot& now, const ControlSegment& control) {
  Json ring = Json::object();
  ring.set("epoch", format_epoch(now.ring.epoch))
      .set("head", now.ring.head.value)
      .set("tail", now.ring.tail.value)
      .set("capacity_bytes", now.ring.capacity_bytes)
      .set("used_bytes", now.ring.head_position - now.ring.tail_position)
      .set("events_per_second", now.events_per_second)
      .set("bytes_per_second", now.bytes_per_second);
  if (now.oldest) {
    ring.set("oldest", format_rfc3339(*now.oldest));
  }
  Json processes = Json::array();
  for (const ProcessInfo& process : now.processes) {
    processes.append(Json::object()
                         .set("kind", process.kind == ProcessKind::kWorker ? "worker" : "plugin")
                         .set("pid", static_cast<std::int64_t>(process.pid))
                         .set("started", format_rfc3339(process.started))
                         .set("draining", process.draining));
  }
  Json counters = Json::object();
  for (const CounterInfo& info : counter_table()) {
    std::string name(info.metric);
    if (!info.labels.empty()) {
      name += "{" + std::string(info.labels) + "}";
    }
    counters.set(name, control.total(info.counter));
  }
  return Json::object()
             .set("healthy", healthy(now))
             .set("ring", ring)
             .set("worker", Json::object()
                                .set("pid", static_cast<std::int64_t>(now.ring.writer_pid))
                                .set("heartbeat_age_ms",
                                     static_cast<std::int64_t>(now.heartbeat_age.count())))
             .set("history", Json::object()
                                 .set("bytes", control.total(Counter::kHistoryBytes))
                                 .set("segments", control.total(Counter::kHistorySegments))
                                 .set("stopped", control.total(Counter::kHistoryStopped) != 0))
             .set("processes", processes)
             .set("cluster", cluster_json(control.cluster()))
             .set("sources", now.sources)
             .set("counters", counters)
             .dump() +
         "\n";
}

std::string line(std::string_view label, const std::string& text) {
  return fmt::format("{}{}\n", paint(1, Color::kGray, fmt::format("{:<13}", label)), text);
}

std::string describe_cluster(const ClusterStatus& cluster, const ControlSegment& control) {
  const Color color = cluster.state == ClusterState::kLive      ? Color::kGreen
                      : cluster.state == ClusterState::kJoining ? Color::kYellow
                                                                : Color::kRed;
  std::string text = fmt::format("node {} is {}", escape_controls(cluster.node),
                                 paint(1, color, std::string(name_of(cluster.state))));
  if (!cluster.reason.empty()) {
    text += ": " + escape_controls(cluster.reason);
  }
  return text + fmt::format("; {} messages behind, {} events wait for the log", cluster.behind,
                            control.total(Counter::kClusterOutbox));
}

std::string describe_disk(const ControlSegment& control) {
  const std::uint64_t n_segments = control.total(Counter::kHistorySegments);
  if (control.total(Counter::kHistoryStopped) != 0) {
    return paint(1, Color::kRed, "STOPPED") +
           "  history cannot be written: see the log of ringsided";
  }
  return n_segments == 0 ? std::string("nothing kept")
                         : fmt::format("{} of history in {} files",
                                       describe_bytes(control.total(Counter::kHistoryBytes)),
                                       describe_count(n_segments));
}

std::string for_people(const Snapshot& now, const ControlSegment& control) {
  const RingState& ring = now.ring;
  std::string out;
  const bool alive = healthy(now);
  out += line("worker",
              paint(1, alive ? Color::kGreen : Color::kRed, alive ? "alive" : "NOT RUNNING") +
                  fmt::format("  pid {}, heartbeat {} ago", ring.writer_pid,
                              describe_duration(now.heartbeat_age)));
  const std::uint64_t used = ring.head_position - ring.tail_position;
  out +=
      line("ring", fmt::format("epoch {}, events {} to {}, {} of {} used", format_epoch(ring.epoch),
                               describe_count(ring.tail.value), describe_count(ring.head.value),
                               describe_bytes(used), describe_bytes(ring.capacity_bytes)));
  if (now.oldest) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
        system_clock().wall_now() - *now.oldest);
    out += line("history", age.count() >= 0
                               ? describe_duration(age)
                               : "unknown: the clock was set back after its oldest event");
  }
  out += line("disk", describe_disk(control));
  out +=
      line("rate", fmt::format("{:.0f} events/s, {}/s", now.events_per_second,
                               describe_bytes(static_cast<std::uint64_t>(now.bytes_per_second))));
  if (const ClusterStatus cluster = control.cluster(); cluster.state != ClusterState::kNone) {
    out += line("cluster", describe_cluster(cluster, control));
  }
  const auto total = [&](Counter counter) { return describe_count(control.total(counter)); };
  out += line("in", fmt::format("{} events, {} rejected, {} redacted; {} producers connected",
                                total(Counter::kEventsIn), total(Counter::kEventsRejected),
                                total(Counter::kEventsRedacted), total(Counter::kProducers)));
  out +=
      line("connections",
           fmt::format("/ws {}, /metrics {}, /logs {}; {} waiting for their token",
                       total(Counter::kConnectionsEvents), total(Counter::kConnectionsMetrics),
                       total(Counter::kConnectionsLogs), total(Counter::kConnectionsAwaitingAuth)));
  out += line("out", fmt::format("{} events in {} frames and {} writes; {} missed",
                                 total(Counter::kEventsOut), total(Counter::kFramesOut),
                                 total(Counter::kWritesOut), total(Counter::kEventsMissed)));
  for (const ProcessInfo& process : now.processes) {
    const auto up = std::chrono::duration_cast<std::chrono::milliseconds>(
        system_clock().wall_now() - process.started);
    out += line(process.kind == ProcessKind::kWorker ? "ringsided" : "lwsws",
                fmt::format("pid {}, up {}{}", process.pid, describe_duration(up),
                            process.draining ? ", draining" : ""));
  }
  now.sources.ref().for_each_element([&](JsonRef source) {
    out += line(escape_controls(source["name"].as_string().value_or("?")), describe_source(source));
    return true;
  });
  return out;
}

int status(const Globals& globals, const StatusOptions& options) {
  auto ring = RingReader::attach(globals.run_dir + "/ring");
  if (!ring) {
    complain(ring.error().message + run_dir_hint(globals.run_dir));
    return kBadResult;
  }
  const auto control = open_control(globals);
  if (control == nullptr) {
    return kBadResult;
  }
  for (;;) {
    const Snapshot now = take(**ring, *control, globals.run_dir);
    const std::string text =
        options.output == "json" ? as_json(now, *control) : for_people(now, *control);
    if (options.watch && has_colors(1) && !print("\x1b[H\x1b[J")) {
      return kFailed;
    }
    if (!print(text)) {
      return kFailed;
    }
    if (!options.watch) {
      return healthy(now) ? kOk : kBadResult;
    }
    if (now.ring.superseded) {
      if (auto again = RingReader::attach(globals.run_dir + "/ring")) {
        ring = std::move(again);
      }
    }
  }
}

}  // namespace

void add_status(CLI::App& app, const Globals& globals, Run& run) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand(
      "status",
      "the ring, the worker, the connections; exit status 3 when the worker does not run");
  command->add_option("--output", options->output, "text or json, which has every counter")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_flag_callback(
      "--json", [options] { options->output = "json"; }, "the same as --output json");
  command->add_flag("--watch", options->watch, "repeat each second until Ctrl-C");
  command->footer("Example:\n  ringside status --json | jq .ring.events_per_second");
  command->callback([&run, &globals, options] {
    run = [&globals, options] { return status(globals, *options); };
  });
}

}  // namespace ringside::cli
