#pragma once
// LwsConnection: a WebSocket of lws as module/transport/connection.hpp wants it.
// Threads: the lws service thread only.

#include <libwebsockets.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "module/transport/connection.hpp"

namespace ringside {

class LwsConnection final : public Connection {
 public:
  // `compressed`: permessage-deflate was agreed on.
  LwsConnection(lws* wsi, bool compressed);

  [[nodiscard]] bool busy() const noexcept override { return lws_partial_buffered(wsi_) != 0; }
  [[nodiscard]] bool send(std::span<std::byte> bytes) noexcept override;
  void request_writable() noexcept override { lws_callback_on_writable(wsi_); }
  void close(CloseCode code, std::string_view reason) noexcept override;
  [[nodiscard]] SendProgress progress() const noexcept override;
  void cut_off() noexcept override;
  void prefetch() const noexcept override;

  [[nodiscard]] bool is_compressed() const noexcept { return compressed_; }
  [[nodiscard]] bool wants_close() const noexcept { return close_code_ != 0; }
  // The return value of the WRITEABLE callback of a connection that wants_close().
  [[nodiscard]] int end_now() noexcept;

 private:
  lws* wsi_;
  int plain_fd_;  // the socket of a connection without TLS; -1 with it
  std::uint16_t close_code_ = 0;
  bool compressed_;
  bool ended_ = false;
  std::string close_reason_;
};

}  // namespace ringside
