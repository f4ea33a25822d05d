#pragma once
// Connection: the operations of a session on its connection to the client. module/host/lws_connection.cpp implements it
// for lws; tests have their own.  Threads: the lws service thread only.

#include <cstddef>
#include <span>
#include <string_view>

#include "core/proto/close_code.hpp"
#include "module/transport/liveness.hpp"
#include "module/transport/plain_sum.hpp"

namespace ringside {

class Connection {
 public:
  virtual ~Connection() = default;

  // Whether bytes of an earlier send still wait for the socket. Send nothing then; on_writable() of
  // the session follows.
  [[nodiscard]] virtual bool busy() const noexcept = 0;

  // Sends whole, ready-made frames (see module/transport/frame.hpp), as one system call where the socket
  // takes them. What it does not take is copied and goes out before anything else. `frames` lies
  // behind kSendHeadroom bytes that the host may overwrite. Returns false when the connection is
  // lost; its close callback follows.
  [[nodiscard]] virtual bool send(std::span<std::byte> frames) noexcept = 0;

  // The sum of the text in what is sent next, where an encoding needs it at the end.
  virtual void note_plain(const PlainSum& /*sum*/) noexcept {}

  // Calls the session's on_writable() once the socket takes more.
  virtual void request_writable() noexcept = 0;

  // Whether the session wants what the peer sends. What has not been read waits in the kernel; of the last piece that was, the
  // rest is kept by the host. At first it is wanted.
  virtual void read(bool wanted) noexcept = 0;

  // Ends the connection with a close frame, after what has been sent already; no send() after it. A
  // peer that does not take the close frame within a few seconds is cut off.
  virtual void close(CloseCode code, std::string_view reason) noexcept = 0;

  // How far the peer has taken what was sent. Cost: two system calls.
  [[nodiscard]] virtual SendProgress progress() const noexcept = 0;

  // Ends the connection as if the network had; its close callback follows.
  virtual void cut_off() noexcept = 0;

  // A hint that this connection will be used soon; the host may prefetch its state.
  virtual void prefetch() const noexcept {}
};

// Bytes in front of a send buffer that belong to the host (LWS_PRE, checked in module/host/lws_connection.cpp).
inline constexpr std::size_t kSendHeadroom = 16;

}  // namespace ringside
