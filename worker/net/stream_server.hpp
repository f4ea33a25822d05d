#pragma once
// StreamServer: accepts the connections of a listening Unix socket.
//
// Threads: the loop's.

#include <uv.h>

#include <cstddef>
#include <functional>
#include <memory>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "worker/net/fd_watch.hpp"
#include "worker/net/unix_socket.hpp"

namespace ringside {

class StreamServer {
 public:
  // Gets each connection, non-blocking; closing it refuses the peer.
  using OnConnection = std::function<void(UniqueFd)>;

  StreamServer(uv_loop_t& loop, UnixSocket socket, OnConnection on_connection);
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  [[nodiscard]] Status start();
  // Accepts again after the process ran out of descriptors; call it now and then.
  void retry_accepting();
  // Accepts what had connected before the call, a bounded number, and closes the socket. Its file is
  // removed.
  void stop();

 private:
  // Returns how many were accepted.
  std::size_t accept_some();

  uv_loop_t& loop_;
  UnixSocket socket_;
  OnConnection on_connection_;
  bool is_starved_ = false;
  std::unique_ptr<FdWatch> watch_;
};

}  // namespace ringside
