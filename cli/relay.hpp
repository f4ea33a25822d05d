#pragma once
// Relay: events on their way to the worker from a program that must not be stopped by a worker that
// is away, stopped or slow. It never fails and never blocks while there is input: what is not
// acknowledged is kept, up to kMostWaiting events and kMostBytes, and sent again over the next
// connection, so that an event may arrive twice, and is reported as lost only when it is dropped.
//   Threads: one. Ordering: the worker gets the events in the order in which they were sent.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside::cli {

class Relay {
 public:
  static constexpr std::size_t kMostWaiting = 65'536;  // events
  static constexpr std::size_t kMostBytes = 32U << 20U;

  // What a person should know: a broken connection, its return, an event that was rejected.
  using Tell = std::function<void(const std::string&)>;
  explicit Relay(std::string path);  // tells on standard error
  Relay(std::string path, Tell tell) : path_(std::move(path)), tell_(std::move(tell)) {}

  // Connects, without waiting. Errors: no worker listens; sending still works, and tries again.
  [[nodiscard]] Status connect();

  // What the worker is to say when this program dies without a finish(): a line of docs/sources.md, "A last will". Before connect().
  void set_will(std::string line) { will_ = std::move(line); }

  // `lines`: whole events, each with a newline at its end.
  void send(std::string_view lines);
  // Takes in answers, writes what the socket takes, and connects again if something waits for that.
  // Call it when fd() is ready for wanted(), and now and then while waiting().
  void turn();

  struct Patience {
    std::chrono::milliseconds idle;       // for a worker that is absent or silent
    std::chrono::milliseconds waited{0};  // of it, what has passed already
    std::chrono::milliseconds total = std::chrono::hours(24);
  };
  // Waits until everything is acknowledged. Errors: how many events were given up.
  [[nodiscard]] Status finish(Patience patience);
  [[nodiscard]] Status finish(std::chrono::milliseconds idle) {
    return finish(Patience{.idle = idle});
  }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] short wanted() const noexcept;  // for poll
  [[nodiscard]] bool waiting() const noexcept { return !fd_.valid() && n_waiting_ != 0; }
  [[nodiscard]] std::size_t n_bytes() const noexcept { return n_bytes_; }
  [[nodiscard]] std::size_t n_waiting() const noexcept { return n_waiting_; }
  [[nodiscard]] std::uint64_t n_sent() const noexcept { return n_sent_; }
  [[nodiscard]] std::uint64_t n_rejected() const noexcept { return n_rejected_; }
  [[nodiscard]] std::uint64_t n_given_up() const noexcept { return n_given_up_; }
  // How long the worker has been silent while something waits for it.
  [[nodiscard]] std::chrono::milliseconds silent_for() const noexcept;
  // Whether a worker has ever listened.
  [[nodiscard]] bool was_connected() const noexcept { return was_connected_; }

 private:
  struct Batch {
    std::string bytes;
    std::size_t n_events = 0;
    std::size_t n_written = 0;  // bytes, over this connection
    std::size_t n_acknowledged = 0;
  };

  void keep(std::string_view lines);
  void drop_excess();
  [[nodiscard]] bool write_some();
  [[nodiscard]] bool read_some();
  void take_answer(std::string_view line);
  void take_acknowledged(std::uint64_t n);
  void lost_connection(const std::string& why);
  void withdraw_will();

  std::string path_;
  Tell tell_;
  UniqueFd fd_;
  std::string will_;
  std::string greeting_;              // what of the hello and the will is unsent
  std::string answer_;                // the start of one
  std::deque<Batch> batches_;         // the oldest first
  std::size_t next_ = 0;              // the first of them that is not wholly written
  std::size_t n_bytes_ = 0;           // in all of them
  std::size_t n_waiting_ = 0;         // events in them that are not acknowledged
  std::uint64_t n_acknowledged_ = 0;  // over this connection, as the worker counts
  std::uint64_t n_sent_ = 0;
  std::uint64_t n_rejected_ = 0;
  std::uint64_t n_given_up_ = 0;
  std::chrono::steady_clock::time_point progress_{};
  bool was_connected_ = false;
  bool reported_away_ = false;  // that the worker is away
};

}  // namespace ringside::cli
