#pragma once
// HostSample: the state of this machine at one moment; and metrics of two samples, one after the
// other, mean.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "worker/sources/host/proc_text.hpp"
#include "worker/sources/metric.hpp"

namespace ringside {

struct FsUsage {
  Mount mount;
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t available_bytes = 0;  // to those who are not root
  std::uint64_t inodes = 0;           // 0: the file system does not count them
  std::uint64_t inodes_free = 0;

  // As df has it: used of what is used and available. 0 to 100.
  [[nodiscard]] double usage_percent() const noexcept;
  [[nodiscard]] double inode_usage_percent() const noexcept;
};

struct HostSample {
  MonoTime at;
  ProcStat stat;
  std::optional<MemInfo> memory;
  std::optional<std::array<double, 3>> load;
  std::optional<double> uptime_s;
  std::optional<std::uint64_t> processes;
  std::vector<DiskIo> disks;
  std::vector<FsUsage> filesystems;
  std::vector<NetIo> interfaces;
};

// The contents of the files that a sample is made of, empty where one could not be read.
struct ProcTexts {
  std::string stat;
  std::string meminfo;
  std::string loadavg;
  std::string uptime;
  std::string diskstats;
  std::string net_dev;
};
[[nodiscard]] HostSample parse_sample(const ProcTexts& texts, MonoTime at);

// Reads the live machine. `n_unread` counts files that could not be read.
//   Threads: any; blocks for as long as the kernel takes (statvfs of a sick disk), so not the loop's.
[[nodiscard]] HostSample read_host_sample(const std::string& proc_dir, MonoTime at,
                                          unsigned& n_unread);

// Used memory in percent of all; what is available counts as free.
[[nodiscard]] double memory_usage_percent(const MemInfo& memory) noexcept;

// Percent of the time between the two that each mode had; nothing when no tick has passed.
[[nodiscard]] std::optional<std::array<double, kCpuModeNames.size()>> cpu_mode_percent(
    const CpuTicks& before, const CpuTicks& now) noexcept;
// 100 less idle and iowait.
[[nodiscard]] std::optional<double> cpu_usage_percent(const CpuTicks& before,
                                                      const CpuTicks& now) noexcept;

// One line of docs/sources.md: everything that make_host_metrics can give.
struct HostMetricInfo {
  std::string_view name;
  MetricKind kind;
  std::string_view unit;
  std::string_view labels;  // names, separated by commas
  std::string_view help;
};
[[nodiscard]] std::span<const HostMetricInfo> host_metric_table() noexcept;

// The metrics of `now`; those that are rates only when `before` is given and some time has passed
// since. A counter that went back (a device taken out and put in) gives no rate this time.
[[nodiscard]] std::vector<Metric> make_host_metrics(const HostSample* before,
                                                    const HostSample& now);

}  // namespace ringside
