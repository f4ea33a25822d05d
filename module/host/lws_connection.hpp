#pragma once
// LwsConnection: a connection of lws as module/transport/connection.hpp wants it, whatever is spoken on it. How it ends is
// for those that derive from it to say.  Threads: the lws service thread only.

#include <libwebsockets.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "module/transport/connection.hpp"

namespace ringside {

class LwsConnection : public Connection {
 public:
  explicit LwsConnection(lws* wsi);

  [[nodiscard]] bool busy() const noexcept override { return lws_partial_buffered(wsi_) != 0; }
  [[nodiscard]] bool send(std::span<std::byte> bytes) noexcept override;
  // The host is asked once, however often a session asks: for libuv, and so for the kernel, each is two system calls.
  void request_writable() noexcept override {
    if (!std::exchange(awaits_writable_, true)) {
      lws_callback_on_writable(wsi_);
    }
  }
  // To be told first in the WRITEABLE callback.
  void writable_has_come() noexcept { awaits_writable_ = false; }
  void read(bool wanted) noexcept override { lws_rx_flow_control(wsi_, wanted ? 1 : 0); }
  // Remembers code and reason for the WRITEABLE callback, and cuts off a peer that never becomes writable.
  void close(CloseCode code, std::string_view reason) noexcept override;
  [[nodiscard]] SendProgress progress() const noexcept override;
  void cut_off() noexcept override;
  void prefetch() const noexcept override;

  [[nodiscard]] bool wants_close() const noexcept { return close_code_ != 0; }

 protected:
  [[nodiscard]] lws* wsi() const noexcept { return wsi_; }
  [[nodiscard]] CloseCode close_code() const noexcept { return CloseCode{close_code_}; }
  [[nodiscard]] std::string& close_reason() noexcept { return close_reason_; }

 private:
  lws* wsi_;
  int plain_fd_;  // the socket of a connection without TLS; -1 with it
  bool awaits_writable_ = false;
  std::uint16_t close_code_ = 0;
  std::string close_reason_;
};

// A WebSocket.
class LwsWebSocket final : public LwsConnection {
 public:
  // `compressed`: permessage-deflate was agreed on.
  LwsWebSocket(lws* wsi, bool compressed) : LwsConnection(wsi), compressed_(compressed) {}

  [[nodiscard]] bool is_compressed() const noexcept { return compressed_; }
  // The return value of the WRITEABLE callback of a connection that wants_close().
  [[nodiscard]] int end_now() noexcept;

 private:
  bool compressed_;
  bool ended_ = false;
};

}  // namespace ringside
