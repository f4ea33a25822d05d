// A write may end early at a full disk or a signal; the next one then says why.
#include "core/segments/write_fully.hpp"

#include <unistd.h>

namespace ringside {

Status write_fully(int fd, std::span<const std::byte> bytes, std::uint64_t position) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return fail_errno("cannot write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    position += static_cast<std::uint64_t>(written);
  }
  return {};
}

}  // namespace ringside
