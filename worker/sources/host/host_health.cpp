// Each component gives a reason that a person can act on: which file system, how full, how much is
// left. CPU is evaluated over the whole check interval, because a build that takes every core for five
// seconds is what the machine is for.
#include "worker/sources/host/host_health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ringside {
namespace {

double rounded(double value) { return std::round(value * 10.0) / 10.0; }

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace

std::string_view name_of(Health health) noexcept {
  switch (health) {
    case Health::kHealthy:
      return "Healthy";
    case Health::kWarning:
      return "Warning";
    case Health::kCritical:
      return "Critical";
  }
  return "Healthy";
}

Health Threshold::evaluate(double value, Health before) const noexcept {
  const double critical_from = before == Health::kCritical ? critical - margin : critical;
  const double warning_from = before != Health::kHealthy ? warning - margin : warning;
  if (value >= critical_from) {
    return Health::kCritical;
  }
  return value >= warning_from ? Health::kWarning : Health::kHealthy;
}

Health HostHealth::evaluate_one(std::string_view name, const Threshold& threshold, double value) {
  const auto found = std::ranges::find(before_, name, &ComponentHealth::name);
  return threshold.evaluate(value, found == before_.end() ? Health::kHealthy : found->status);
}

void HostHealth::evaluate_cpu(const HostSample& sample, HealthReport& report) {
  if (!sample.stat.cpu) {
    return;
  }
  cpu_.push_back({sample.at, *sample.stat.cpu});
  while (cpu_.size() > 2 && sample.at - cpu_[1].at >= window_) {
    cpu_.pop_front();
  }
  const auto usage = cpu_usage_percent(cpu_.front().ticks, cpu_.back().ticks);
  report.cpu_usage = rounded(usage.value_or(0));
  // The first seconds after the start are too short a time to evaluate.
  const bool long_enough = sample.at - cpu_.front().at >= window_ / 2;
  const Health status =
      long_enough ? evaluate_one("cpu", kCpuThreshold, report.cpu_usage) : Health::kHealthy;
  const auto seconds = std::chrono::duration<double>(sample.at - cpu_.front().at).count();
  report.components.push_back(
      {"cpu", status,
       status == Health::kHealthy
           ? ""
           : fmt::format("CPU usage {:.1f} % over {:.0f} s", report.cpu_usage, seconds)});
}

void HostHealth::evaluate_memory(const HostSample& sample, HealthReport& report) {
  if (!sample.memory) {
    return;
  }
  const MemInfo& m = *sample.memory;
  const double percent = memory_usage_percent(m);
  report.memory_usage_mb = std::round(static_cast<double>(m.total - m.available) / 1048576.0);
  const Health status = evaluate_one("memory", kMemoryThreshold, percent);
  std::string message;
  if (status != Health::kHealthy) {
    message = fmt::format("memory usage {:.1f} %, {} of {} available", percent,
                          bytes_text(m.available), bytes_text(m.total));
    if (m.swap_total != 0) {
      message += fmt::format(", swap {} of {} in use", bytes_text(m.swap_total - m.swap_free),
                             bytes_text(m.swap_total));
    }
  }
  report.components.push_back({"memory", status, std::move(message)});
}

void HostHealth::evaluate_disks(const HostSample& sample, HealthReport& report) {
  if (sample.filesystems.empty()) {
    return;
  }
  const FsUsage* fullest = nullptr;
  const FsUsage* most_inodes = nullptr;
  for (const auto& fs : sample.filesystems) {
    if (fullest == nullptr || fs.usage_percent() > fullest->usage_percent()) {
      fullest = &fs;
    }
    if (most_inodes == nullptr || fs.inode_usage_percent() > most_inodes->inode_usage_percent()) {
      most_inodes = &fs;
    }
  }
  report.disk_usage = rounded(fullest->usage_percent());
  const double inodes = most_inodes->inode_usage_percent();
  const Health status =
      evaluate_one("disk", kDiskThreshold, std::max(fullest->usage_percent(), inodes));
  std::string message;
  if (status != Health::kHealthy) {
    message = fullest->usage_percent() >= inodes
                  ? fmt::format("{} is {:.1f} % full, {} left", fullest->mount.point,
                                fullest->usage_percent(), bytes_text(fullest->available_bytes))
                  : fmt::format("{} has {:.1f} % of its inodes in use, {} left",
                                most_inodes->mount.point, inodes, most_inodes->inodes_free);
  }
  report.components.push_back({"disk", status, std::move(message)});
}

void HostHealth::evaluate_load(const HostSample& sample, HealthReport& report) {
  if (!sample.load || sample.stat.n_cpus == 0) {
    return;
  }
  const double each = (*sample.load)[1] / sample.stat.n_cpus;
  const Health status = evaluate_one("load", kLoadThreshold, each);
  report.components.push_back(
      {"load", status,
       status == Health::kHealthy
           ? ""
           : fmt::format("load average over 5 minutes {:.2f} on {} processors", (*sample.load)[1],
                         sample.stat.n_cpus)});
}

void HostHealth::evaluate_worker(const WorkerVitals& vitals, HealthReport& report) {
  ComponentHealth ring{"ring", Health::kHealthy, ""};
  if (!vitals.run_dir) {
    ring.status = Health::kCritical;
    ring.message = "the run directory cannot be examined";
  } else {
    const double percent = vitals.run_dir->usage_percent();
    ring.status = evaluate_one("ring", kRingThreshold, percent);
    if (ring.status != Health::kHealthy) {
      ring.message = fmt::format("the file system of {} is {:.1f} % full, {} left",
                                 vitals.run_dir->mount.point, percent,
                                 bytes_text(vitals.run_dir->available_bytes));
    }
  }
  report.components.push_back(std::move(ring));

  ComponentHealth worker{"worker", Health::kHealthy, ""};
  const double delay = std::chrono::duration<double>(vitals.loop_delay).count();
  worker.status = evaluate_one("worker", kLoopDelayThreshold, delay);
  if (worker.status != Health::kHealthy) {
    worker.message = fmt::format("the worker's loop was {:.1f} s late", delay);
  } else if (vitals.n_unread != 0) {
    worker.status = Health::kWarning;
    worker.message = fmt::format("{} files of /proc cannot be read", vitals.n_unread);
  }
  report.components.push_back(std::move(worker));
}

HealthReport HostHealth::evaluate(const HostSample& sample, const WorkerVitals& vitals) {
  HealthReport report;
  evaluate_cpu(sample, report);
  evaluate_memory(sample, report);
  evaluate_disks(sample, report);
  evaluate_load(sample, report);
  evaluate_worker(vitals, report);
  for (const auto& component : report.components) {
    report.overall = std::max(report.overall, component.status);
  }
  changed_ = !std::ranges::equal(report.components, before_,
                                 [](const ComponentHealth& a, const ComponentHealth& b) {
                                   return a.name == b.name && a.status == b.status;
                                 });
  before_ = report.components;
  return report;
}

SourceEvent make_health_event(const HealthReport& report, WallTime at,
                              std::chrono::milliseconds check_interval) {
  const std::string now = format_rfc3339(at);
  Json components = Json::object();
  for (const auto& component : report.components) {
    Json one = Json::object();
    one.set("status", name_of(component.status)).set("last_check", now);
    if (!component.message.empty()) {
      one.set("message", component.message);
    }
    components.set(component.name, one);
  }
  Json metrics = Json::object();
  metrics.set("cpu_usage", json_number(report.cpu_usage))
      .set("memory_usage", json_number(report.memory_usage_mb))
      .set("disk_usage", json_number(report.disk_usage))
      .set("active_workflows", 0);  // documented, and not known to the worker
  Json data = Json::object();
  data.set("overall_status", name_of(report.overall))
      .set("components", components)
      .set("metrics", metrics);
  Json metadata = Json::object();
  metadata.set("check_interval", json_seconds(check_interval))
      .set("next_check", format_rfc3339(at + check_interval))
      .set("source", "host_metrics");
  return {"SystemHealthUpdate", now, std::move(data), std::move(metadata)};
}

}  // namespace ringside
