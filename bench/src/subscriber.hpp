// One connection, a WebSocket or a body of events, that receives events and keeps count of them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/src/dialect.hpp"
#include "bench/src/histogram.hpp"
#include "bench/src/http_stream.hpp"
#include "bench/src/inflate.hpp"
#include "bench/src/mark.hpp"
#include "bench/src/net.hpp"

namespace ringside::bench {

inline constexpr std::size_t kMaxProducers = 16;

// What all subscribers of a run add to.
struct Tally {
  std::uint64_t deliveries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t n_reads = 0;
  std::uint64_t n_messages = 0;    // with an event; in a body of events, the pieces of it
  std::uint64_t out_of_order = 0;  // an event that was not its producer's next one
  std::uint64_t gaps_announced = 0;
  std::uint64_t n_open = 0;
  std::uint64_t n_ready = 0;
  std::uint64_t n_lost = 0;      // connections that ended before the run did
  std::uint64_t n_replayed = 0;  // connections that have seen their replay_end
  std::string first_error;
  Histogram latency_ns;
  bool record_latency = false;
  MarkScanner scanner;
};

class Subscriber final : public Handler {
 public:
  Subscriber(Loop& loop, Tally& tally, Dialect dialect, std::uint16_t port);

  // Opens the connection; `receive_bytes` as for connect_tcp.
  void start(int receive_bytes = 0);

  // Drops the connection without a word, as a network does.
  void abandon() noexcept;

  // Takes it out of the loop: from now on it is read by read_some() only.
  void stop_reading() noexcept;
  void read_some(std::size_t max_bytes);

  // Leaves its latencies out of the tally.
  void exclude_latency() noexcept { timed_ = false; }

  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] bool settled() const noexcept { return ready_ || failed_; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

  // Forgets which events it has seen, for a stream that begins again.
  void forget_order() noexcept;

  void on_events(std::uint32_t events) override;

 private:
  enum class State { kIdle, kConnecting, kUpgrading, kOpen };

  void read(std::size_t max_bytes);
  void send_all(std::string_view bytes);
  [[nodiscard]] std::string request() const;
  std::size_t take_answer(std::string_view text);
  // Returns: what is wrong with the answer, or nothing.
  [[nodiscard]] std::string accept_answer(std::string_view head);
  std::size_t take_frames(char* text, std::size_t size);
  std::size_t take_stream(std::string_view text);
  void take_frame(const Frame& frame);
  void take_message(std::string_view message);
  void take_notice(std::string_view message);
  void became_ready();
  void lose(const std::string& why);

  Loop& loop_;
  Tally& tally_;
  Dialect dialect_;
  std::uint16_t port_;
  Fd fd_;
  State state_ = State::kIdle;
  bool ready_ = false;
  bool failed_ = false;
  bool in_loop_ = false;
  bool timed_ = true;
  std::uint64_t received_ = 0;
  std::array<std::uint32_t, kMaxProducers> next_seq_{};
  std::array<bool, kMaxProducers> seen_{};
  std::string tail_;
  std::string fragments_;
  bool fragments_compressed_ = false;
  std::unique_ptr<Inflater> inflater_;
  std::unique_ptr<HttpStream> stream_;  // none for a WebSocket
};

}  // namespace ringside::bench
