// The path is walked with a descriptor for each directory, so that nobody can exchange one between
// the look and the opening. The target of a link is evaluated by the descriptor that was opened, never by
// its name.
#include "worker/sources/files/trusted_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace ringside {
namespace {

[[nodiscard]] bool is_own(uid_t uid) noexcept { return uid == 0 || uid == ::geteuid(); }

// Whether only root and this user can put names into the directory, or replace them.
[[nodiscard]] bool is_own_directory(int fd) noexcept {
  struct stat st {};
  return ::fstat(fd, &st) == 0 && is_own(st.st_uid) &&
         ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (st.st_mode & S_ISVTX) != 0);
}

// Opens `name` in `directory`; a link only as the header says. `is_named`: the operator wrote this very name.
[[nodiscard]] Result<UniqueFd> open_step(int directory, const std::string& name, int flags,
                                         const std::string& path, bool is_named = false) {
  UniqueFd fd(::openat(directory, name.c_str(), flags | O_NOFOLLOW));
  const bool is_path_only = (flags & O_PATH) != 0;
  struct stat link {};
  if (fd.valid() && is_path_only && ::fstat(fd.get(), &link) == 0 && S_ISLNK(link.st_mode)) {
    fd = UniqueFd();
    errno = ELOOP;
  }
  if (fd.valid() || (errno != ELOOP && errno != ENOTDIR)) {
    return fd.valid() ? Result<UniqueFd>(std::move(fd)) : fail_errno("cannot open " + path);
  }
  if (::fstatat(directory, name.c_str(), &link, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISLNK(link.st_mode)) {
    return fail_errno("cannot open " + path);
  }
  UniqueFd target(::openat(directory, name.c_str(), flags));
  struct stat st {};
  if (!target.valid() || ::fstat(target.get(), &st) != 0) {
    return fail_errno("cannot open " + path);
  }
  const bool is_own_link = is_own(link.st_uid) && (is_named || is_own_directory(directory));
  if (!is_own_link && (is_own(link.st_uid) || st.st_uid != link.st_uid)) {
    return fail(path +
                " is not followed: it is a symbolic link, and its owner does not own what it "
                "leads to. Name the file itself in sources.files.paths");
  }
  return target;
}

}  // namespace

std::size_t literal_bytes(const std::string& glob) noexcept {
  const auto wildcard = glob.find_first_of("*?[");
  if (wildcard == std::string::npos) {
    return glob.size();
  }
  const auto slash = glob.rfind('/', wildcard);
  return slash == std::string::npos ? 0 : slash;
}

Result<UniqueFd> open_trusted(const std::string& path, std::size_t trusted_bytes) {
  // Non-blocking: a pipe of that name must not hold the loop.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  constexpr int kDirectory = O_PATH | O_CLOEXEC;
  if (trusted_bytes >= path.size()) {
    const auto slash = path.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const UniqueFd directory(::open(parent.c_str(), kDirectory | O_DIRECTORY));
    return directory.valid()
               ? open_step(directory.get(), path.substr(slash + 1), kFlags, path, true)
               : fail_errno("cannot open " + path);
  }
  const std::string base =
      trusted_bytes == 0 ? (path.starts_with('/') ? "/" : ".") : path.substr(0, trusted_bytes);
  UniqueFd directory(::open(base.c_str(), kDirectory | O_DIRECTORY));
  if (!directory.valid()) {
    return fail_errno("cannot open " + base);
  }
  std::size_t at = trusted_bytes;
  for (;;) {
    while (at < path.size() && path[at] == '/') {
      ++at;
    }
    const auto slash = path.find('/', at);
    const std::string name = path.substr(at, slash == std::string::npos ? slash : slash - at);
    const bool is_last = slash == std::string::npos;
    auto next = open_step(directory.get(), name, is_last ? kFlags : kDirectory, path);
    if (!next || is_last) {
      return next;
    }
    directory = std::move(*next);
    at = slash;
  }
}

}  // namespace ringside
