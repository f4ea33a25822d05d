#pragma once
// Relay: events on their way to the worker from a program that must not be stopped by a worker that
// is away. It never fails while there is input: what is not acknowledged is kept, up to
// kMostWaiting events, and sent again over the next connection, so that an event may arrive twice,
// and is reported as lost only when it is dropped.
//   Threads: one. Ordering: the worker gets the events in the order in which they were sent.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "cli/socket_client.hpp"

namespace ringside::cli {

class Relay {
 public:
  static constexpr std::size_t kMostWaiting = 65'536;

  explicit Relay(std::string path) : path_(std::move(path)) {}

  // Connects. Errors: no worker listens; sending still works, and tries again.
  [[nodiscard]] Status connect();

  // `lines`: whole events, a line each. Tells on standard error when the connection breaks and when
  // it is back.
  void send(std::string_view lines);
  // Takes in answers, and connects again if something waits for that. Call it when fd() is
  // readable, and now and then while waiting().
  void turn();
  // Waits until everything is acknowledged; for a worker that is absent or silent, `patience`
  // long.
  // Errors: how many events were given up.
  [[nodiscard]] Status finish(std::chrono::milliseconds patience);

  [[nodiscard]] int fd() const noexcept { return client_ ? client_->fd() : -1; }
  [[nodiscard]] bool waiting() const noexcept { return !client_ && !unacknowledged_.empty(); }
  [[nodiscard]] std::uint64_t n_sent() const noexcept { return n_sent_; }
  [[nodiscard]] std::uint64_t n_rejected() const noexcept { return n_rejected_; }

 private:
  [[nodiscard]] Status transmit(std::string_view bytes);
  [[nodiscard]] SocketClient::OnLine on_line();
  void keep(std::string_view lines);
  void lost_connection(const std::string& why);

  std::string path_;
  std::optional<SocketClient> client_;
  std::deque<std::string> unacknowledged_;  // the oldest first
  std::uint64_t n_acknowledged_ = 0;        // over this connection, as the worker counts
  std::uint64_t n_sent_ = 0;
  std::uint64_t n_rejected_ = 0;
  std::uint64_t n_given_up_ = 0;
  bool reported_away_ = false;  // that the worker is away
};

}  // namespace ringside::cli
