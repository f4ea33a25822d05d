#pragma once
// Readers of the text files of /proc, as pure functions of their contents. Contents that are empty,
// cut short or not what they should be give fewer values, never a failure: a kernel without a field
// is as good as a container that hides it.
//
// Threads: pure functions. Source: proc(5); the kernel's Documentation/admin-guide/iostats.rst.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside {

// The fields of a line, separated by any blanks.
[[nodiscard]] std::vector<std::string_view> blank_separated(std::string_view line);

// /proc/stat. Ticks since boot in each mode, all processors together; guest time is in user and
// nice already.
enum class CpuMode { kUser, kNice, kSystem, kIdle, kIowait, kIrq, kSoftirq, kSteal };
inline constexpr std::array<std::string_view, 8> kCpuModeNames{
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};
using CpuTicks = std::array<std::uint64_t, kCpuModeNames.size()>;

struct ProcStat {
  std::optional<CpuTicks> cpu;
  unsigned n_cpus = 0;
  std::optional<std::uint64_t> context_switches;
  std::optional<std::uint64_t> forks;
  std::optional<std::uint64_t> running;
  std::optional<std::uint64_t> blocked;
};
[[nodiscard]] ProcStat parse_proc_stat(std::string_view text);

// /proc/meminfo, in bytes. `available` is made of free, buffers and cache where the kernel does not
// say it.
struct MemInfo {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;
  std::uint64_t cached = 0;  // buffers, page cache, reclaimable slab
  std::uint64_t swap_total = 0;
  std::uint64_t swap_free = 0;
};
[[nodiscard]] std::optional<MemInfo> parse_meminfo(std::string_view text);

// /proc/loadavg.
[[nodiscard]] std::optional<std::array<double, 3>> parse_loadavg(std::string_view text);
// /proc/uptime, in seconds.
[[nodiscard]] std::optional<double> parse_uptime(std::string_view text);

// /proc/diskstats: whole devices that have done something; no partitions, loop, ram, floppy and
// optical drives.
struct DiskIo {
  std::string device;
  std::uint64_t reads = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t writes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t busy_ms = 0;
};
[[nodiscard]] std::vector<DiskIo> parse_diskstats(std::string_view text);

// /proc/self/mountinfo: one mount for each file system that has storage of its own on this machine.
// No network file systems (asking a dead server for its size hangs), no bind mounts, no pseudo file
// systems.
struct Mount {
  std::string point;
  std::string device;
  std::string fs_type;
};
[[nodiscard]] std::vector<Mount> parse_mountinfo(std::string_view text);

// /proc/net/dev: interfaces that have carried something; no veth ends (their bridge counts the same
// bytes).
struct NetIo {
  std::string interface;
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_errors = 0;
  std::uint64_t rx_dropped = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_errors = 0;
  std::uint64_t tx_dropped = 0;
};
[[nodiscard]] std::vector<NetIo> parse_net_dev(std::string_view text);

// No more devices, mounts or interfaces than this are taken of a file: a host with thousands must
// not flood its watchers.
inline constexpr std::size_t kMaxProcEntries = 64;

}  // namespace ringside
