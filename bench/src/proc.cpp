// Read only before and after a run, so plain files and strings will do. Descendants are found by
// scanning /proc for parents: a server's child may be replaced while the bench is running.
#include "bench/src/proc.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <unistd.h>

namespace ringside::bench {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The fields of /proc/PID/stat after the command, which is in parentheses and may contain anything.
std::vector<std::string> stat_fields(pid_t pid) {
  const std::string text = slurp("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t paren = text.rfind(')');
  std::vector<std::string> fields;
  if (paren == std::string::npos) {
    return fields;
  }
  std::istringstream rest(text.substr(paren + 1));
  for (std::string field; rest >> field;) {
    fields.push_back(field);
  }
  return fields;
}

constexpr std::size_t kStatParent = 1;
constexpr std::size_t kStatUser = 11;
constexpr std::size_t kStatSystem = 12;

std::multimap<pid_t, pid_t> children_by_parent() {
  std::multimap<pid_t, pid_t> children;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ec)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, err] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (err != std::errc{} || *end != '\0') {
      continue;
    }
    const auto fields = stat_fields(pid);
    if (fields.size() > kStatParent) {
      children.emplace(static_cast<pid_t>(std::stol(fields[kStatParent])), pid);
    }
  }
  return children;
}

std::uint64_t kib_field(const std::string& text, const std::string& key) {
  const std::size_t at = text.find("\n" + key + ":");
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + key.size() + 2)) * 1024;
}

}  // namespace

std::vector<pid_t> with_descendants(const ProcessGroup& group) {
  const auto children = children_by_parent();
  std::vector<pid_t> found = group.pids;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [from, to] = children.equal_range(found[i]);
    for (auto it = from; it != to; ++it) {
      if (std::find(found.begin(), found.end(), it->second) == found.end()) {
        found.push_back(it->second);
      }
    }
  }
  return found;
}

CpuTime read_cpu(const ProcessGroup& group) {
  static const double tick_s = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  CpuTime sum;
  for (const pid_t pid : with_descendants(group)) {
    const auto fields = stat_fields(pid);
    if (fields.size() > kStatSystem) {
      sum.user_s += std::stod(fields[kStatUser]) * tick_s;
      sum.system_s += std::stod(fields[kStatSystem]) * tick_s;
    }
  }
  return sum;
}

Memory read_memory(const ProcessGroup& group) {
  Memory sum;
  for (const pid_t pid : with_descendants(group)) {
    const std::string text = slurp("/proc/" + std::to_string(pid) + "/smaps_rollup");
    sum.rss_bytes += kib_field(text, "Rss");
    sum.pss_bytes += kib_field(text, "Pss");
    sum.private_bytes += kib_field(text, "Private_Clean") + kib_field(text, "Private_Dirty");
  }
  return sum;
}

KernelMemory read_kernel_memory() {
  KernelMemory memory;
  const std::string meminfo = "\n" + slurp("/proc/meminfo");
  memory.slab_bytes = kib_field(meminfo, "Slab");
  const std::string sockstat = slurp("/proc/net/sockstat");
  const std::size_t tcp = sockstat.find("TCP:");
  const std::size_t mem = tcp == std::string::npos ? tcp : sockstat.find(" mem ", tcp);
  if (mem != std::string::npos) {
    memory.tcp_bytes =
        std::stoull(sockstat.substr(mem + 5)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  return memory;
}

}  // namespace ringside::bench
