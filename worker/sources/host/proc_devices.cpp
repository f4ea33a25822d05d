// The files of /proc with a line for each thing: diskstats, mountinfo, net/dev. Lines that are left out are
// left out by name or by relation to other lines, without a look into /sys, so that recorded files
// read the same everywhere.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "worker/sources/host/proc_text.hpp"

namespace ringside {
namespace {

constexpr std::uint64_t kSectorBytes =
    512;  // in diskstats always, whatever the device says of itself

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::ranges::any_of(prefixes,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// Whether `name` is a partition of another device that is in the file: sda1 of sda, nvme0n1p2
// of nvme0n1.
bool is_partition(std::string_view name, const std::set<std::string_view>& devices) {
  std::size_t stem = name.size();
  while (stem > 0 && is_digit(name[stem - 1])) {
    --stem;
  }
  if (stem == name.size() || stem == 0) {
    return false;
  }
  const std::string_view parent = name.substr(0, stem);
  if (devices.contains(parent)) {
    return true;
  }
  return parent.size() > 1 && parent.back() == 'p' && is_digit(parent[parent.size() - 2]) &&
         devices.contains(parent.substr(0, parent.size() - 1));
}

// Numbers from `fields[first]` on; false when one is missing or none.
template <std::size_t N>
bool numbers_from(const std::vector<std::string_view>& fields, std::size_t first,
                  std::array<std::uint64_t, N>& out) {
  for (std::size_t i = 0; i < N; ++i) {
    std::size_t value = 0;
    if (first + i >= fields.size() || !parse_u64(fields[first + i], value)) {
      return false;
    }
    out[i] = value;
  }
  return true;
}

// mountinfo writes blank, tab, newline and backslash as \ooo.
std::string unescape_octal(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_octal = [&](std::size_t at) {
      return at < text.size() && text[at] >= '0' && text[at] <= '7';
    };
    if (text[i] == '\\' && is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3)) {
      const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out += static_cast<char>(code & 0xFF);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool has_storage(std::string_view fs_type, std::string_view point) {
  constexpr std::array<std::string_view, 17> kStored{
      "ext2", "ext3",  "ext4", "xfs",   "btrfs", "zfs",      "f2fs",   "jfs",    "reiserfs",
      "vfat", "exfat", "ntfs", "ntfs3", "ufs",   "bcachefs", "nilfs2", "hfsplus"};
  // A container's root is an overlay over storage that is mounted nowhere inside it.
  return std::ranges::find(kStored, fs_type) != kStored.end() ||
         (fs_type == "overlay" && point == "/");
}

}  // namespace

std::vector<DiskIo> parse_diskstats(std::string_view text) {
  const auto lines = split(text, '\n');
  std::set<std::string_view> devices;
  for (const auto line : lines) {
    if (const auto fields = blank_separated(line); fields.size() > 2) {
      devices.insert(fields[2]);
    }
  }
  std::vector<DiskIo> disks;
  for (const auto line : lines) {
    const auto fields = blank_separated(line);
    std::array<std::uint64_t, 10> n{};
    if (!numbers_from(fields, 3, n) || disks.size() == kMaxProcEntries) {
      continue;
    }
    const std::string_view name = fields[2];
    const bool idle = n[0] == 0 && n[4] == 0;
    if (idle || starts_with_any(name, {"loop", "ram", "zram", "fd", "sr"}) ||
        is_partition(name, devices)) {
      continue;
    }
    disks.push_back(
        {std::string(name), n[0], n[2] * kSectorBytes, n[4], n[6] * kSectorBytes, n[9]});
  }
  return disks;
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::map<std::string_view, Mount> by_device;  // major:minor; the shortest mount point of each
  for (const auto line : split(text, '\n')) {
    const auto fields = blank_separated(line);
    const auto dash = std::ranges::find(fields, "-");
    if (dash - fields.begin() < 6 || fields.end() - dash < 3) {
      continue;
    }
    const std::string_view root = fields[3];
    const std::string_view fs_type = dash[1];
    Mount mount{unescape_octal(fields[4]), unescape_octal(dash[2]), std::string(fs_type)};
    const bool is_bind = root != "/" && fs_type != "btrfs" && mount.point != "/";
    if (is_bind || !has_storage(fs_type, mount.point)) {
      continue;
    }
    const auto [known, added] = by_device.try_emplace(fields[2], mount);
    if (!added && mount.point.size() < known->second.point.size()) {
      known->second = std::move(mount);
    }
  }
  std::vector<Mount> mounts;
  mounts.reserve(by_device.size());
  for (auto& [device, mount] : by_device) {
    mounts.push_back(std::move(mount));
  }
  std::ranges::sort(mounts, {}, &Mount::point);
  mounts.resize(std::min(mounts.size(), kMaxProcEntries));
  return mounts;
}

std::vector<NetIo> parse_net_dev(std::string_view text) {
  std::vector<NetIo> interfaces;
  for (const auto line : split(text, '\n')) {
    const auto colon = line.rfind(':');  // an alias has one in its name: "eth0:1:"
    std::array<std::uint64_t, 16> n{};
    if (colon == std::string_view::npos || interfaces.size() == kMaxProcEntries ||
        !numbers_from(blank_separated(line.substr(colon + 1)), 0, n)) {
      continue;
    }
    const std::string_view name = trim(line.substr(0, colon));
    if (name.empty() || name.starts_with("veth") || (n[0] == 0 && n[8] == 0)) {
      continue;
    }
    interfaces.push_back({std::string(name), n[0], n[1], n[2], n[3], n[8], n[9], n[10], n[11]});
  }
  return interfaces;
}

}  // namespace ringside
