// A pid and its start time would identify a process, too, but only for those who may look: /proc
// hides the processes of other users (ProtectProc=), and worker and web server run as two users.
// Other PID namespaces number processes differently. Locks know neither users nor namespaces.
//
// Open file description locks, because the locks that a process owns (F_SETLK) are released when it
// closes any descriptor of the file; and flock, which the writer of a ring holds besides, knows nothing
// of these. The bytes are far after the end of the file, at a place that no layout can reach, so that
// versions with different layouts still see whether others are alive.
#include "core/shm/byte_lock.hpp"

#include <fcntl.h>

#include <cstdint>

namespace ringside {
namespace {

constexpr std::int64_t kFirstByte = std::int64_t{1} << 40;

[[nodiscard]] struct flock lock_of(std::size_t n, short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = kFirstByte + static_cast<std::int64_t>(n);
  lock.l_len = 1;
  return lock;
}

[[nodiscard]] bool set_lock(int fd, std::size_t n, short type) noexcept {
  struct flock lock = lock_of(n, type);
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

}  // namespace

bool lock_byte(int fd, std::size_t n) noexcept { return set_lock(fd, n, F_WRLCK); }
bool share_byte(int fd, std::size_t n) noexcept { return set_lock(fd, n, F_RDLCK); }
void release_byte(int fd, std::size_t n) noexcept { (void)set_lock(fd, n, F_UNLCK); }

bool is_byte_locked_by_others(int fd, std::size_t n) noexcept {
  struct flock lock = lock_of(n, F_WRLCK);  // which would not go beside any other
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace ringside
