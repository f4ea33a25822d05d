// What the kernel says about the server processes: their time and their memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace ringside::bench {

// A server's processes under one name; children that they have are found again at each reading.
struct ProcessGroup {
  std::string name;
  std::vector<pid_t> pids;
};

struct CpuTime {
  double user_s = 0;
  double system_s = 0;
  [[nodiscard]] double total() const noexcept { return user_s + system_s; }
};

struct Memory {
  std::uint64_t rss_bytes = 0;
  std::uint64_t pss_bytes = 0;
  std::uint64_t private_bytes = 0;
};

// The processes of `group` and all their descendants that live now.
[[nodiscard]] std::vector<pid_t> with_descendants(const ProcessGroup& group);

// Time used so far by the group, threads and living descendants included.
//   Units:  seconds, in steps of the kernel's clock tick (10 ms).
//   Source: proc(5), /proc/PID/stat, fields utime and stime.
[[nodiscard]] CpuTime read_cpu(const ProcessGroup& group);

// Memory of the group by /proc/PID/smaps_rollup.
[[nodiscard]] Memory read_memory(const ProcessGroup& group);

struct KernelMemory {
  std::uint64_t tcp_bytes = 0;   // socket buffers, /proc/net/sockstat
  std::uint64_t slab_bytes = 0;  // all of the kernel's objects, /proc/meminfo
};

// Kernel memory of the whole machine: both ends of every loopback connection are in it.
[[nodiscard]] KernelMemory read_kernel_memory();

}  // namespace ringside::bench
