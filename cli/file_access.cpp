// Computed, and not tried in a child of that user: check must work for all who may see the modes.
#include "cli/file_access.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace ringside::cli {
namespace {

constexpr unsigned kRead = 4;
constexpr unsigned kSearch = 1;

}  // namespace

std::optional<FileReader> FileReader::of_user(const std::string& name) {
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  int n_groups = 256;
  std::vector<gid_t> groups(static_cast<std::size_t>(n_groups));
  if (::getgrouplist(name.c_str(), entry.pw_gid, groups.data(), &n_groups) < 0) {
    n_groups = 256;
  }
  groups.resize(static_cast<std::size_t>(n_groups));
  const struct group* primary = ::getgrgid(entry.pw_gid);
  return FileReader(name, entry.pw_uid, std::move(groups),
                    primary != nullptr ? primary->gr_name : std::to_string(entry.pw_gid));
}

bool FileReader::has(const std::string& path, unsigned bits) const {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return true;  // whoever opens it says that it is not there
  }
  const unsigned mode = info.st_mode;
  if (uid_ == 0) {
    return true;
  }
  if (info.st_uid == uid_) {
    return ((mode >> 6U) & bits) == bits;
  }
  const bool is_in_group = std::ranges::find(groups_, info.st_gid) != groups_.end();
  return ((is_in_group ? mode >> 3U : mode) & bits) == bits;
}

std::string FileReader::fault(const std::string& path) const {
  const std::filesystem::path whole = std::filesystem::absolute(path);
  for (auto above = whole.parent_path(); !above.empty(); above = above.parent_path()) {
    if (!has(above.string(), kSearch)) {
      return fmt::format(
          "the user {} cannot pass the directory {}: give it to the group, with mode x", name_,
          above.string());
    }
    if (above == above.root_path()) {
      break;
    }
  }
  return has(path, kRead)
             ? std::string()
             : fmt::format("the user {0} cannot read it: chgrp {1} {2} && chmod g+r {2}", name_,
                           group_name_, path);
}

}  // namespace ringside::cli
