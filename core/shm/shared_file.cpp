// A reader must never find half of a file. So a file is created under a name that nobody opens, and
// gets its own by rename when it is complete.
#include "core/shm/shared_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace ringside {
namespace {

std::string fresh_name(const std::string& path) { return path + ".new"; }

}  // namespace

Result<std::optional<FoundFile>> find_shared_file(const std::string& path) {
  FoundFile found;
  found.fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!found.fd.valid()) {
    if (errno == ENOENT) {
      return std::optional<FoundFile>();
    }
    return fail_errno("cannot open " + path);
  }
  struct stat status {};
  if (::fstat(found.fd.get(), &status) != 0) {
    return fail_errno("cannot examine " + path);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(path + " is not a regular file: remove it or choose another path");
  }
  found.n_bytes = static_cast<std::size_t>(status.st_size);
  return std::optional<FoundFile>(std::move(found));
}

Result<SharedFile> create_shared_file(const std::string& path, std::size_t n_bytes, mode_t mode) {
  const std::string fresh = fresh_name(path);
  ::unlink(fresh.c_str());
  SharedFile file;
  file.fd =
      UniqueFd(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.fd.valid()) {
    return fail_errno("cannot create " + fresh);
  }
  if (::fchmod(file.fd.get(), mode) != 0) {
    auto failure = fail_errno("cannot set the mode of " + fresh);
    discard_shared_file(path);
    return failure;
  }
  if (const int error = ::posix_fallocate(file.fd.get(), 0, static_cast<off_t>(n_bytes));
      error != 0) {
    errno = error;
    auto failure = fail_errno(fmt::format("cannot allocate {} bytes for {}", n_bytes, fresh));
    discard_shared_file(path);
    return failure;
  }
  Result<Mapping> mapping = Mapping::make(file.fd.get(), n_bytes, Access::kReadWrite);
  if (!mapping) {
    discard_shared_file(path);
    return fail_from(mapping.error(), "cannot map " + fresh);
  }
  file.mapping = std::move(*mapping);
  return file;
}

Status publish_shared_file(const std::string& path) {
  const std::string fresh = fresh_name(path);
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    auto failure = fail_errno("cannot rename " + fresh);
    discard_shared_file(path);
    return failure;
  }
  return {};
}

void discard_shared_file(const std::string& path) noexcept { ::unlink((path + ".new").c_str()); }

}  // namespace ringside
