#pragma once
// Socket: a simulated connection. It takes some bytes and then is busy, as a kernel's send buffer and lws' behind it; it
// drains when the simulation lets the client read, it may break, and its client may die without a word.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "module/transport/connection.hpp"
#include "module/transport/encoding.hpp"
#include "tests/sim/reader.hpp"

namespace ringside::sim {

class Socket final : public Connection {
 public:
  explicit Socket(Wire wire) : reader(wire) {}

  Reader reader;  // of all that is sent, as it is sent

  std::size_t room = 4096;  // bytes that it takes before it is busy
  bool broken = false;      // the next send finds out
  bool dead = false;        // takes nothing and answers nothing any more, and nobody is told
  bool cut_off_by_server = false;
  bool wants_writable = false;
  bool is_read = true;
  bool closed_by_server = false;
  std::uint16_t close_code = 0;

  [[nodiscard]] bool busy() const noexcept override { return unread_ > room; }
  [[nodiscard]] bool send(std::span<std::byte> frames) noexcept override;
  void note_plain(const PlainSum& sum) noexcept override { sent_.add(sum); }
  void request_writable() noexcept override { wants_writable = true; }
  void read(bool wanted) noexcept override { is_read = wanted; }
  void close(CloseCode code, std::string_view reason) noexcept override;
  [[nodiscard]] SendProgress progress() const noexcept override {
    return {n_sent_ - unread_, unread_ != 0};
  }
  void cut_off() noexcept override {
    cut_off_by_server = true;
    if (!dead) {
      violation_ = "cut_off() of a client that is alive";
    }
  }

  // The end of a stream over plain HTTP that the server has closed; it must be a whole body.
  void end_stream(Encoding& encoding);
  // The client reads up to `n_bytes`, if it is alive. Returns whether the session's on_writable() is due.
  [[nodiscard]] bool drain(std::size_t n_bytes) noexcept;
  // Whether it has read a ping since the last call, and answers.
  [[nodiscard]] bool take_pong() noexcept;
  [[nodiscard]] bool drained() const noexcept { return unread_ == 0; }
  // A hash of all that was sent to it.
  [[nodiscard]] std::uint64_t digest() const noexcept { return digest_; }
  // What was done to it against its contract; empty if nothing was.
  [[nodiscard]] const std::string& violation() const noexcept {
    return violation_.empty() ? reader.violation() : violation_;
  }

 private:
  void take(std::string_view bytes);
  std::size_t unread_ = 0;
  std::uint64_t n_sent_ = 0;  // bytes
  std::uint64_t digest_ = 0;
  std::optional<std::uint64_t> ping_at_;  // of those, up to the end of the last send with a ping
  PlainSum sent_;
  std::string close_reason_;
  std::string violation_;
};

}  // namespace ringside::sim
