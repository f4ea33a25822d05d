#pragma once
// DatagramSocket: a Unix or UDP datagram socket that is read on a loop, for syslog and StatsD.
//
// Threads: the loop's. Cost: one recvmsg a datagram; no more than kMaxAtOnce in one turn of the
// loop.

#include <sys/types.h>
#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "worker/net/loop_handles.hpp"

namespace ringside {

// Who sent a datagram over a Unix socket: the kernel's word (SO_PASSCRED).
struct DatagramSender {
  pid_t pid = 0;
  uid_t uid = 0;
};

struct Datagram {
  std::string_view bytes;
  bool truncated = false;                // it was longer than kMaxBytes
  std::optional<DatagramSender> sender;  // nothing for UDP
};

class DatagramSocket {
 public:
  using Callback = std::function<void(const Datagram&)>;
  static constexpr std::size_t kMaxBytes = 256u << 10u;
  static constexpr int kMaxAtOnce = 256;

  // A stale socket at `path` is replaced; one that a program listens on, and what is no socket, are
  // left alone and refused. The socket is removed again by the destructor, unless another has taken
  // its place.
  [[nodiscard]] static Result<std::unique_ptr<DatagramSocket>> open_unix(uv_loop_t* loop,
                                                                         const std::string& path,
                                                                         mode_t mode,
                                                                         Callback on_datagram);
  // "8125", ":8125", "127.0.0.1:8125", "[::1]:8125". An address alone or a name is refused.
  [[nodiscard]] static Result<std::unique_ptr<DatagramSocket>> open_udp(uv_loop_t* loop,
                                                                        std::string_view address,
                                                                        Callback on_datagram);
  ~DatagramSocket();
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  // Reads what is there already, before a stop; a bounded number, for who sends without end.
  void drain();

  // Whether only this machine can send to it.
  [[nodiscard]] bool is_local() const noexcept { return is_local_; }
  [[nodiscard]] int port() const;  // of UDP, 0 else
  [[nodiscard]] std::uint64_t n_errors() const noexcept { return n_errors_; }

 private:
  DatagramSocket() = default;
  [[nodiscard]] Status watch(uv_loop_t* loop, Callback on_datagram);
  void on_readable();
  [[nodiscard]] bool receive_one();

  UniqueFd fd_;
  std::string path_;  // empty for UDP
  ino_t inode_ = 0;
  bool is_local_ = true;
  std::uint64_t n_errors_ = 0;
  Callback on_datagram_;
  std::vector<char> buffer_;
  std::unique_ptr<ReadableWatch> watch_;  // last: closed before the descriptor
};

}  // namespace ringside
