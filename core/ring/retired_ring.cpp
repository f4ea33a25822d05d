// Readers show themselves by a shared lock on a byte of the file, which the kernel releases when
// they end, however they end. It is no permission: a reader that has no lock, of an older version,
// keeps its mapping when the name goes. So a mistake here costs the name of a file and no event.
//
// The byte is far after the end of the file, where no layout has data (core/control/slot_lock does
// the same). The writer's own lock is flock's, which knows nothing of these.
#include "core/ring/retired_ring.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/log.hpp"
#include "core/base/unique_fd.hpp"
#include "core/ring/layout.hpp"

namespace ringside {
namespace {

[[nodiscard]] struct flock lock_of(short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = std::int64_t{1} << 40;
  lock.l_len = 1;
  return lock;
}

[[nodiscard]] bool is_retired(int fd) noexcept {
  std::uint64_t magic = 0;
  std::uint32_t superseded = 0;
  return ::pread(fd, &magic, sizeof magic, offsetof(RingHeader, magic)) == sizeof magic &&
         magic == kRingMagic &&
         ::pread(fd, &superseded, sizeof superseded, offsetof(RingHeader, superseded)) ==
             sizeof superseded &&
         superseded != 0;
}

}  // namespace

void mark_ring_as_read(int fd) noexcept {
  struct flock lock = lock_of(F_RDLCK);
  (void)::fcntl(fd, F_OFD_SETLK, &lock);
}

RetiredRing remove_retired_ring(const std::string& ring_path) {
  const std::string path = ring_path + ".old";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!fd.valid()) {
    return errno == ENOENT ? RetiredRing::kNone : RetiredRing::kForeign;
  }
  if (!is_retired(fd.get())) {
    return RetiredRing::kForeign;
  }
  struct flock lock = lock_of(F_WRLCK);  // which would not go beside a reader's
  if (::fcntl(fd.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK) {
    return RetiredRing::kIsRead;
  }
  if (::unlink(path.c_str()) != 0) {
    log::warn("cannot remove the former ring {}: {}", path, std::strerror(errno));
    return RetiredRing::kForeign;
  }
  log::info("removed the former ring {}: its last reader has gone", path);
  return RetiredRing::kNone;
}

}  // namespace ringside
