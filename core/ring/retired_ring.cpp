// Readers share a lock on the file. It is no permission: a reader that has none, of an older version,
// keeps its mapping when the name goes. So a mistake here costs the name of a file and no event.
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
#include "core/shm/byte_lock.hpp"

namespace ringside {
namespace {

constexpr std::size_t kReadersByte = 0;

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

void mark_ring_as_read(int fd) noexcept { (void)share_byte(fd, kReadersByte); }

RetiredRing remove_retired_ring(const std::string& ring_path) {
  const std::string path = ring_path + ".old";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!fd.valid()) {
    return errno == ENOENT ? RetiredRing::kNone : RetiredRing::kForeign;
  }
  if (!is_retired(fd.get())) {
    return RetiredRing::kForeign;
  }
  if (is_byte_locked_by_others(fd.get(), kReadersByte)) {
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
