// Reading the live machine. Files of /proc have no size until they are read, so each is read to its
// end, up to a limit.
#include "worker/sources/host/host_sample.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <memory>

#include "core/base/unique_fd.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxFileBytes = 1u << 20u;

std::string read_text(const std::string& path, unsigned& n_unread) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16384> chunk{};
  while (fd.valid() && text.size() < kMaxFileBytes) {
    const ssize_t n = ::read(fd.get(), chunk.data(), chunk.size());
    if (n < 0) {
      break;
    }
    if (n == 0) {
      return text;
    }
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
  ++n_unread;
  return text;
}

struct DirClose {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

std::optional<std::uint64_t> count_processes(const std::string& proc_dir) {
  const std::unique_ptr<DIR, DirClose> dir(::opendir(proc_dir.c_str()));
  if (dir == nullptr) {
    return std::nullopt;
  }
  std::uint64_t n = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    n += entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? 1 : 0;
  }
  return n;
}

std::optional<FsUsage> usage_of(const Mount& mount) {
  struct statvfs fs {};
  if (::statvfs(mount.point.c_str(), &fs) != 0 || fs.f_blocks == 0) {
    return std::nullopt;  // unmounted meanwhile, or not ours to look at
  }
  const std::uint64_t unit = fs.f_frsize;
  return FsUsage{mount,
                 fs.f_blocks * unit,
                 (fs.f_blocks - std::min(fs.f_bfree, fs.f_blocks)) * unit,
                 fs.f_bavail * unit,
                 fs.f_files,
                 fs.f_ffree};
}

double percent_of(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0
             ? 0.0
             : std::min(100.0, 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

double FsUsage::usage_percent() const noexcept {
  return percent_of(used_bytes, used_bytes + available_bytes);
}

double FsUsage::inode_usage_percent() const noexcept {
  return inodes == 0 ? 0.0 : percent_of(inodes - std::min(inodes_free, inodes), inodes);
}

double memory_usage_percent(const MemInfo& memory) noexcept {
  return percent_of(memory.total - std::min(memory.available, memory.total), memory.total);
}

HostSample parse_sample(const ProcTexts& texts, MonoTime at) {
  HostSample sample;
  sample.at = at;
  sample.stat = parse_proc_stat(texts.stat);
  sample.memory = parse_meminfo(texts.meminfo);
  sample.load = parse_loadavg(texts.loadavg);
  sample.uptime_s = parse_uptime(texts.uptime);
  sample.disks = parse_diskstats(texts.diskstats);
  sample.interfaces = parse_net_dev(texts.net_dev);
  return sample;
}

HostSample read_host_sample(const std::string& proc_dir, MonoTime at, unsigned& n_unread) {
  ProcTexts texts;
  texts.stat = read_text(proc_dir + "/stat", n_unread);
  texts.meminfo = read_text(proc_dir + "/meminfo", n_unread);
  texts.loadavg = read_text(proc_dir + "/loadavg", n_unread);
  texts.uptime = read_text(proc_dir + "/uptime", n_unread);
  texts.diskstats = read_text(proc_dir + "/diskstats", n_unread);
  texts.net_dev = read_text(proc_dir + "/net/dev", n_unread);
  HostSample sample = parse_sample(texts, at);
  sample.processes = count_processes(proc_dir);
  for (const auto& mount : parse_mountinfo(read_text(proc_dir + "/self/mountinfo", n_unread))) {
    if (auto usage = usage_of(mount)) {
      sample.filesystems.push_back(std::move(*usage));
    }
  }
  return sample;
}

}  // namespace ringside
