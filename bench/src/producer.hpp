// Those who publish: one connection each, in the manner of the peer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/src/mark.hpp"
#include "bench/src/net.hpp"

namespace ringside::bench {

struct ProducerOptions {
  std::string kind;           // unix, nats, post, ws or wsack
  std::string socket_path;    // unix
  std::uint16_t port = 0;     // all others
  std::string path = "/pub";  // post, ws, wsack
  bool want_acks = false;
  std::size_t pipeline = 16;  // post: requests under way on the connection
  std::uint32_t index = 0;
};

class Producer : public Handler {
 public:
  Producer(Loop& loop, const ProducerOptions& options, Fd fd);

  // Queues one event and stamps it now.
  //   Returns: false, and does nothing, while so much is unsent or unanswered that it must wait.
  [[nodiscard]] bool try_publish();

  // Writes what is queued, as much as the socket takes.
  void flush();

  // Asks the server to confirm all that was published so far.
  virtual void ask_for_ack() {}

  [[nodiscard]] std::uint64_t published() const noexcept { return published_; }
  [[nodiscard]] std::uint64_t acked() const noexcept { return acked_; }
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

  void on_events(std::uint32_t events) override;

 protected:
  virtual void append_event(std::string& out, std::string_view event) = 0;
  // Takes what it understands of the server's bytes.
  //   Returns: how many bytes it used.
  virtual std::size_t take_input(std::string_view input) = 0;
  [[nodiscard]] virtual std::uint64_t max_unacked() const { return UINT64_MAX; }

  void queue(std::string_view bytes) { out_.append(bytes); }
  void complain(std::string_view what);

  bool ready_ = true;
  std::uint64_t acked_ = 0;

 private:
  Loop& loop_;
  Fd fd_;
  EventText event_{false};
  std::uint32_t index_;
  std::uint64_t published_ = 0;
  std::string out_;
  std::size_t out_sent_ = 0;
  std::string in_;
  std::string error_;
  bool waiting_for_room_ = false;
};

//   Throws std::system_error when it cannot connect, std::invalid_argument for an unknown kind.
[[nodiscard]] std::unique_ptr<Producer> make_producer(Loop& loop, const ProducerOptions& options);

}  // namespace ringside::bench
