// A pid and its start time would identify a process, too, but only for those who may look: /proc
// hides the processes of other users (ProtectProc=), and worker and web server run as two users.
// Other PID namespaces number processes differently. Locks know neither users nor namespaces.
//
// Open file description locks, because the locks that a process owns (F_SETLK) are released when it
// closes any descriptor of the file. The bytes are far after the end of the file, at a place that
// no layout of the segment can reach, so that versions with different layouts still see whether
// others are alive.
#include "core/control/slot_lock.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdint>

namespace ringside::control {
namespace {

constexpr std::int64_t kFirstByte = std::int64_t{1} << 40;

[[nodiscard]] struct flock lock_of(std::size_t slot, short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = kFirstByte + static_cast<std::int64_t>(slot);
  lock.l_len = 1;
  return lock;
}

}  // namespace

bool hold_slot(int fd, std::size_t slot) noexcept {
  struct flock lock = lock_of(slot, F_WRLCK);
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

void release_slot(int fd, std::size_t slot) noexcept {
  struct flock lock = lock_of(slot, F_UNLCK);
  (void)::fcntl(fd, F_OFD_SETLK, &lock);
}

bool is_held_by_others(int fd, std::size_t slot) noexcept {
  struct flock lock = lock_of(slot, F_WRLCK);
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace ringside::control
