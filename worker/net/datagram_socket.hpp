#pragma once
// DatagramSocket: a Unix or UDP datagram socket that is read on a loop, in batches: events.dgram,
// syslog and StatsD.
//
// Threads: the loop's. Cost: one recvmmsg(2) for up to kBatch datagrams.

#include <sys/socket.h>
#include <sys/types.h>
#include <uv.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "worker/net/fd_watch.hpp"
#include "worker/net/peer.hpp"
#include "worker/net/unix_socket.hpp"

namespace ringside {

struct Datagram {
  std::string_view bytes;      // valid during the callback
  bool is_truncated = false;   // it was longer than the socket's max_bytes
  std::optional<Peer> sender;  // as the kernel reports it; nothing for UDP
};

class DatagramSocket {
 public:
  // At least one datagram, in the order of their arrival. Must not destroy the socket.
  using Callback = std::function<void(std::span<const Datagram>)>;
  static constexpr std::size_t kMaxBytes = 256u << 10u;  // unless set_max_bytes() is called
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kBatchesPerTurn = 8;

  // Binds `path` with UnixSocket::bind().
  [[nodiscard]] static Result<std::unique_ptr<DatagramSocket>> open_unix(uv_loop_t& loop,
                                                                         const std::string& path,
                                                                         mode_t mode,
                                                                         Callback on_datagrams);
  // Takes a socket that is bound already.
  [[nodiscard]] static Result<std::unique_ptr<DatagramSocket>> open_bound(uv_loop_t& loop,
                                                                          UnixSocket socket,
                                                                          Callback on_datagrams);
  // `address`: as parse_socket_address() takes it; port 0 lets the kernel choose.
  [[nodiscard]] static Result<std::unique_ptr<DatagramSocket>> open_udp(uv_loop_t& loop,
                                                                        std::string_view address,
                                                                        Callback on_datagrams);
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  // The longest datagram that is delivered whole.
  void set_max_bytes(std::size_t n);
  // The most batches that one turn of the loop reads; at least one.
  void set_batches_per_turn(std::size_t n) noexcept { batches_per_turn_ = n; }
  // Reads what has been sent until now, at most `max_datagrams`: before a stop.
  void drain(std::size_t max_datagrams = 10'000);

  [[nodiscard]] int port() const;  // 0 for Unix sockets
  // Whether only this machine can reach it: a Unix socket or a loopback address.
  [[nodiscard]] bool is_local() const noexcept { return is_local_; }
  [[nodiscard]] std::uint64_t n_errors() const noexcept { return n_errors_; }  // of receiving

 private:
  struct Slot {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control;
    iovec part;
  };

  DatagramSocket() = default;
  [[nodiscard]] Status watch(uv_loop_t& loop, Callback on_datagrams);
  // Reads up to kBatch; returns how many came.
  std::size_t receive_batch();
  [[nodiscard]] int fd() const noexcept { return udp_.valid() ? udp_.get() : unix_.fd(); }

  UnixSocket unix_;
  UniqueFd udp_;
  bool is_local_ = true;
  std::uint64_t n_errors_ = 0;
  std::size_t batches_per_turn_ = kBatchesPerTurn;
  std::size_t slot_bytes_ = 0;
  std::unique_ptr<char[]> memory_;  // kBatch slots; the kernel gives pages only for what is used
  std::array<Slot, kBatch> slots_{};
  std::array<mmsghdr, kBatch> messages_{};
  Callback on_datagrams_;
  std::unique_ptr<FdWatch> watch_;  // last: closed before the descriptor
};

}  // namespace ringside
