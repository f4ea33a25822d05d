// The names of the metrics of a sample. The table is the one place for names, kinds and
// units: the code below refers to its rows by enumerator, and a test holds docs/sources.md to it.
#include <algorithm>
#include <array>
#include <cmath>

#include "worker/sources/host/host_sample.hpp"

namespace ringside {
namespace {

// X(enumerator, name, kind, unit, labels, help)
#define RINGSIDE_HOST_METRICS(X)                                                                  \
  X(kCpuUsage, "host_cpu_usage_percent", kGauge, "percent", "",                                   \
    "Time that all processors together were not idle.")                                           \
  X(kCpuMode, "host_cpu_mode_percent", kGauge, "percent", "mode",                                 \
    "Time in one mode: user, nice, system, idle, iowait, irq, softirq, steal.")                   \
  X(kCpuCount, "host_cpu_count", kGauge, "", "", "Processors.")                                   \
  X(kContextSwitches, "host_context_switches_total", kCounter, "", "",                            \
    "Context switches since boot.")                                                               \
  X(kForks, "host_forks_total", kCounter, "", "", "Processes and threads started since boot.")    \
  X(kLoad, "host_load_average", kGauge, "", "period", "Load average over 1m, 5m, 15m.")           \
  X(kProcesses, "host_processes", kGauge, "", "", "Processes.")                                   \
  X(kRunning, "host_processes_running", kGauge, "", "", "Threads that run or could run.")         \
  X(kBlocked, "host_processes_blocked", kGauge, "", "", "Threads that wait for a disk.")          \
  X(kUptime, "host_uptime_seconds", kGauge, "seconds", "", "Time since boot.")                    \
  X(kMemTotal, "host_memory_total_bytes", kGauge, "bytes", "", "Memory.")                         \
  X(kMemUsed, "host_memory_used_bytes", kGauge, "bytes", "", "Memory minus available memory.")    \
  X(kMemAvailable, "host_memory_available_bytes", kGauge, "bytes", "",                            \
    "Memory that programs could still have.")                                                     \
  X(kMemCached, "host_memory_cached_bytes", kGauge, "bytes", "",                                  \
    "Buffers, page cache, reclaimable slab.")                                                     \
  X(kMemUsage, "host_memory_usage_percent", kGauge, "percent", "", "Used of all memory.")         \
  X(kSwapTotal, "host_swap_total_bytes", kGauge, "bytes", "", "Swap space, where there is any.")  \
  X(kSwapUsed, "host_swap_used_bytes", kGauge, "bytes", "", "Swap space in use.")                 \
  X(kSwapUsage, "host_swap_usage_percent", kGauge, "percent", "", "Used of all swap space.")      \
  X(kDiskRead, "host_disk_read_bytes_per_second", kGauge, "bytes/s", "device",                    \
    "Read from a disk.")                                                                          \
  X(kDiskWrite, "host_disk_write_bytes_per_second", kGauge, "bytes/s", "device",                  \
    "Written to a disk.")                                                                         \
  X(kDiskReads, "host_disk_reads_per_second", kGauge, "1/s", "device", "Read operations.")        \
  X(kDiskWrites, "host_disk_writes_per_second", kGauge, "1/s", "device", "Write operations.")     \
  X(kDiskBusy, "host_disk_busy_percent", kGauge, "percent", "device",                             \
    "Time in which a disk had something to do.")                                                  \
  X(kFsTotal, "host_filesystem_total_bytes", kGauge, "bytes", "mount,device,fstype",              \
    "Size of a file system.")                                                                     \
  X(kFsUsed, "host_filesystem_used_bytes", kGauge, "bytes", "mount,device,fstype", "Used of it.") \
  X(kFsAvailable, "host_filesystem_available_bytes", kGauge, "bytes", "mount,device,fstype",      \
    "Available to ordinary users.")                                                               \
  X(kFsUsage, "host_filesystem_usage_percent", kGauge, "percent", "mount,device,fstype",          \
    "Used part of the used and available space, as df reports it.")                               \
  X(kFsInodes, "host_filesystem_inode_usage_percent", kGauge, "percent", "mount,device,fstype",   \
    "Used of all inodes, where they are counted.")                                                \
  X(kNetRx, "host_network_receive_bytes_per_second", kGauge, "bytes/s", "interface", "Received.") \
  X(kNetTx, "host_network_transmit_bytes_per_second", kGauge, "bytes/s", "interface", "Sent.")    \
  X(kNetRxPackets, "host_network_receive_packets_per_second", kGauge, "1/s", "interface",         \
    "Packets received.")                                                                          \
  X(kNetTxPackets, "host_network_transmit_packets_per_second", kGauge, "1/s", "interface",        \
    "Packets sent.")                                                                              \
  X(kNetErrors, "host_network_errors_total", kCounter, "", "interface",                           \
    "Packets lost to errors, both ways.")                                                         \
  X(kNetDropped, "host_network_dropped_total", kCounter, "", "interface",                         \
    "Packets dropped, both ways.")

enum Row : std::size_t {
#define RINGSIDE_ROW(row, name, kind, unit, labels, help) row,
  RINGSIDE_HOST_METRICS(RINGSIDE_ROW)
#undef RINGSIDE_ROW
      kRows
};

constexpr std::array<HostMetricInfo, kRows> kTable{{
#define RINGSIDE_ROW(row, name, kind, unit, labels, help) \
  {name, MetricKind::kind, unit, labels, help},
    RINGSIDE_HOST_METRICS(RINGSIDE_ROW)
#undef RINGSIDE_ROW
}};

// Two digits are what a percentage or a load deserves; more are noise that every client would
// carry.
double rounded(double value) { return std::round(value * 100.0) / 100.0; }

class Maker {
 public:
  Maker(const HostSample* before, const HostSample& now) : before_(before), now_(now) {
    if (before != nullptr) {
      seconds_ = std::chrono::duration<double>(now.at - before->at).count();
    }
  }

  std::vector<Metric> make() {
    add_cpu();
    add_processes();
    add_memory();
    add_disks();
    add_filesystems();
    add_network();
    return std::move(metrics_);
  }

 private:
  void add(Row row, double value, Labels labels = {}) {
    const auto& info = kTable[row];
    Metric metric;
    metric.name = info.name;
    metric.kind = info.kind;
    metric.value = value;
    metric.labels = std::move(labels);
    metric.unit = info.unit;
    metrics_.push_back(std::move(metric));
  }
  void add(Row row, std::uint64_t value, Labels labels = {}) {
    add(row, static_cast<double>(value), std::move(labels));
  }
  void add(Row row, const std::optional<std::uint64_t>& value) {
    if (value) {
      add(row, *value);
    }
  }
  void add_rate(Row row, std::uint64_t before, std::uint64_t now, const Labels& labels,
                double scale = 1.0) {
    if (now >= before) {
      add(row, rounded(static_cast<double>(now - before) / seconds_ * scale), labels);
    }
  }

  void add_cpu() {
    if (before_ != nullptr && before_->stat.cpu && now_.stat.cpu) {
      if (const auto usage = cpu_usage_percent(*before_->stat.cpu, *now_.stat.cpu)) {
        add(kCpuUsage, rounded(*usage));
      }
      if (const auto modes = cpu_mode_percent(*before_->stat.cpu, *now_.stat.cpu)) {
        for (std::size_t i = 0; i < modes->size(); ++i) {
          add(kCpuMode, rounded((*modes)[i]), {{"mode", std::string(kCpuModeNames[i])}});
        }
      }
    }
    if (now_.stat.n_cpus != 0) {
      add(kCpuCount, std::uint64_t{now_.stat.n_cpus});
    }
    add(kContextSwitches, now_.stat.context_switches);
    add(kForks, now_.stat.forks);
  }

  void add_processes() {
    constexpr std::array<const char*, 3> kPeriods{"1m", "5m", "15m"};
    for (std::size_t i = 0; now_.load && i < kPeriods.size(); ++i) {
      add(kLoad, (*now_.load)[i], {{"period", kPeriods[i]}});
    }
    add(kProcesses, now_.processes);
    add(kRunning, now_.stat.running);
    add(kBlocked, now_.stat.blocked);
    if (now_.uptime_s) {
      add(kUptime, std::floor(*now_.uptime_s));
    }
  }

  void add_memory() {
    if (!now_.memory) {
      return;
    }
    const MemInfo& m = *now_.memory;
    add(kMemTotal, m.total);
    add(kMemUsed, m.total - m.available);
    add(kMemAvailable, m.available);
    add(kMemCached, m.cached);
    add(kMemUsage, rounded(memory_usage_percent(m)));
    if (m.swap_total != 0) {
      const std::uint64_t used = m.swap_total - m.swap_free;
      add(kSwapTotal, m.swap_total);
      add(kSwapUsed, used);
      add(kSwapUsage,
          rounded(100.0 * static_cast<double>(used) / static_cast<double>(m.swap_total)));
    }
  }

  void add_disks() {
    for (const auto& now : now_.disks) {
      const DiskIo* before =
          earlier(before_ == nullptr ? nullptr : &before_->disks, now.device, &DiskIo::device);
      if (before == nullptr) {
        continue;
      }
      const Labels labels{{"device", now.device}};
      add_rate(kDiskRead, before->read_bytes, now.read_bytes, labels);
      add_rate(kDiskWrite, before->written_bytes, now.written_bytes, labels);
      add_rate(kDiskReads, before->reads, now.reads, labels);
      add_rate(kDiskWrites, before->writes, now.writes, labels);
      if (now.busy_ms >= before->busy_ms) {
        const double busy = static_cast<double>(now.busy_ms - before->busy_ms) / (seconds_ * 10.0);
        add(kDiskBusy, rounded(std::min(100.0, busy)), labels);
      }
    }
  }

  void add_filesystems() {
    for (const auto& fs : now_.filesystems) {
      const Labels labels{
          {"mount", fs.mount.point}, {"device", fs.mount.device}, {"fstype", fs.mount.fs_type}};
      add(kFsTotal, fs.total_bytes, labels);
      add(kFsUsed, fs.used_bytes, labels);
      add(kFsAvailable, fs.available_bytes, labels);
      add(kFsUsage, rounded(fs.usage_percent()), labels);
      if (fs.inodes != 0) {
        add(kFsInodes, rounded(fs.inode_usage_percent()), labels);
      }
    }
  }

  void add_network() {
    for (const auto& now : now_.interfaces) {
      const Labels labels{{"interface", now.interface}};
      const NetIo* before = earlier(before_ == nullptr ? nullptr : &before_->interfaces,
                                    now.interface, &NetIo::interface);
      if (before != nullptr) {
        add_rate(kNetRx, before->rx_bytes, now.rx_bytes, labels);
        add_rate(kNetTx, before->tx_bytes, now.tx_bytes, labels);
        add_rate(kNetRxPackets, before->rx_packets, now.rx_packets, labels);
        add_rate(kNetTxPackets, before->tx_packets, now.tx_packets, labels);
      }
      add(kNetErrors, now.rx_errors + now.tx_errors, labels);
      add(kNetDropped, now.rx_dropped + now.tx_dropped, labels);
    }
  }

  // The same thing in the sample before; none when no time has passed since.
  template <class T>
  const T* earlier(const std::vector<T>* things, const std::string& name,
                   std::string T::*member) const {
    if (things == nullptr || seconds_ <= 0) {
      return nullptr;
    }
    const auto found = std::ranges::find(*things, name, member);
    return found == things->end() ? nullptr : &*found;
  }

  const HostSample* before_;
  const HostSample& now_;
  double seconds_ = 0;
  std::vector<Metric> metrics_;
};

}  // namespace

std::span<const HostMetricInfo> host_metric_table() noexcept { return kTable; }

std::optional<std::array<double, kCpuModeNames.size()>> cpu_mode_percent(
    const CpuTicks& before, const CpuTicks& now) noexcept {
  std::array<double, kCpuModeNames.size()> percent{};
  double total = 0;
  for (std::size_t i = 0; i < percent.size(); ++i) {
    // iowait may go back (proc(5)), and all of them when a processor is taken away.
    percent[i] = now[i] > before[i] ? static_cast<double>(now[i] - before[i]) : 0.0;
    total += percent[i];
  }
  if (total <= 0) {
    return std::nullopt;
  }
  for (auto& value : percent) {
    value *= 100.0 / total;
  }
  return percent;
}

std::optional<double> cpu_usage_percent(const CpuTicks& before, const CpuTicks& now) noexcept {
  const auto modes = cpu_mode_percent(before, now);
  if (!modes) {
    return std::nullopt;
  }
  const double idle = (*modes)[static_cast<std::size_t>(CpuMode::kIdle)] +
                      (*modes)[static_cast<std::size_t>(CpuMode::kIowait)];
  return std::clamp(100.0 - idle, 0.0, 100.0);
}

std::vector<Metric> make_host_metrics(const HostSample* before, const HostSample& now) {
  return Maker(before, now).make();
}

}  // namespace ringside
