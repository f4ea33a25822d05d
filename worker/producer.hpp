#pragma once
// Producer: one connection of events.sock. Lines in, answers out.
//
// Threads: the loop's.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/unique_fd.hpp"
#include "worker/ack_window.hpp"
#include "worker/answers.hpp"
#include "worker/framer.hpp"
#include "worker/last_will.hpp"
#include "worker/net/fd_watch.hpp"
#include "worker/net/peer.hpp"
#include "worker/pipeline.hpp"

namespace ringside {

class Producer {
 public:
  enum class State { kOpen, kDone };  // kDone: destroy it, which closes the connection

  Producer(UniqueFd fd, const Peer& peer, Pipeline& pipeline);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Handles events of the connection. Reads once into `buffer`, which all producers share: a
  // turn's share for each.
  [[nodiscard]] State on_ready(FdEvents events, std::span<char> buffer);

  // The log has stored more: says so to the producer.
  [[nodiscard]] State on_stored();
  [[nodiscard]] bool waits_for_storage() const noexcept { return window_.is_waiting() || paused_; }

  // Before a stop: takes what the producer had sent when this was called, and acknowledges it.
  void drain(std::span<char> buffer);

  void set_watch(std::unique_ptr<FdWatch> watch) { watch_ = std::move(watch); }
  void set_max_line_bytes(std::size_t n) noexcept { framer_.set_max_line_bytes(n); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }

 private:
  enum class ReadOutcome { kBytes, kNothing, kEnd };
  [[nodiscard]] ReadOutcome read_once(std::span<char> buffer, std::size_t& n_read);
  void take(std::string_view bytes);
  void finish();
  void acknowledge();
  void tell_acknowledged();
  void on_line(std::string_view line);
  void on_too_long();
  void accept(std::string_view event);
  void refuse(const Rejection& refused);
  // Whether `line` was the hello that may be the first line.
  [[nodiscard]] bool takes_hello(std::string_view line);
  // Whether `line` was a will, good or refused.
  [[nodiscard]] bool takes_will(std::string_view line);
  [[nodiscard]] EventOrigin origin() const noexcept;
  [[nodiscard]] State after_answers();

  UniqueFd fd_;
  Peer peer_;
  Pipeline& pipeline_;
  std::uint64_t stream_;  // not the descriptor: the next connection may get the same
  Framer framer_;
  LastWill will_;
  Answers answers_;
  AckWindow window_;
  std::uint64_t n_lines_ = 0;      // all of them, for messages
  std::uint64_t n_processed_ = 0;  // events, accepted or refused, for acknowledgements
  bool wants_acks_ = false;
  bool may_say_hello_ = true;
  bool at_end_ = false;
  std::optional<std::uint64_t> n_told_;  // the last acknowledgement
  bool paused_ = false;                  // the log has no room
  std::unique_ptr<FdWatch> watch_;       // last: closed before the descriptor
};

}  // namespace ringside
