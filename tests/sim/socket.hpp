#pragma once
// Socket: a simulated connection. It takes some bytes and then is busy, as a kernel's send buffer and lws' behind it; it
// drains when the simulation lets the client read, and it may break.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "module/transport/connection.hpp"

namespace ringside::sim {

class Socket final : public Connection {
 public:
  // Payloads of text frames, in order, as they are sent.
  std::function<void(std::string_view)> on_text;

  std::size_t room = 4096;  // bytes that it takes before it is busy
  bool broken = false;      // the next send finds out
  bool wants_writable = false;
  bool closed_by_server = false;
  std::uint16_t close_code = 0;
  std::uint64_t n_pings = 0;

  [[nodiscard]] bool busy() const noexcept override { return unread_ > room; }
  [[nodiscard]] bool send(std::span<std::byte> frames) noexcept override;
  void request_writable() noexcept override { wants_writable = true; }
  void close(CloseCode code, std::string_view reason) noexcept override;
  // Simulated clients are alive, also while they do not read for a while: each look finds that something has moved.
  [[nodiscard]] SendProgress progress() const noexcept override {
    return {++n_looks_, unread_ != 0};
  }
  void cut_off() noexcept override { violation_ = "cut_off() of a client that is alive"; }

  // The client reads up to `n_bytes`. Returns whether the session's on_writable() is due.
  [[nodiscard]] bool drain(std::size_t n_bytes) noexcept;
  [[nodiscard]] bool drained() const noexcept { return unread_ == 0; }
  // What was done to it against its contract; empty if nothing was.
  [[nodiscard]] const std::string& violation() const noexcept { return violation_; }

 private:
  void take_apart(std::string_view bytes);
  std::size_t unread_ = 0;
  mutable std::uint64_t n_looks_ = 0;
  std::string violation_;
};

}  // namespace ringside::sim
