// linux/tcp.h, since glibc's own struct tcp_info ends before the counters of bytes; it cannot be included beside netinet/tcp.h.
#include "module/transport/liveness.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace ringside {

SendProgress send_progress_of(int fd) noexcept {
  SendProgress progress;
  int waiting = 0;
  progress.pending = ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting > 0;
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
    progress.acknowledged = info.tcpi_bytes_acked;
  } else {  // a Unix-domain socket: what waits becomes less
    progress.acknowledged = ~static_cast<std::uint64_t>(waiting);
  }
  return progress;
}

}  // namespace ringside
