// The directory itself is locked rather than a lock file in it: there is nothing to make, to name,
// to own or to clean up.
#include "core/shm/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>

namespace ringside {

Result<UniqueFd> lock_directory_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string directory = parent.empty() ? std::string(".") : parent.string();
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    return fail_errno("cannot open the directory " + directory);
  }
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      return fail_errno("cannot lock the directory " + directory);
    }
  }
  return fd;
}

}  // namespace ringside
