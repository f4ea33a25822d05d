#pragma once
// Outbox: the events of this node that are not in the log yet, in their order, each with a number of its own: 1, 2, 3, ...
// In memory as long as they are few and the log takes them; else on disk (Spool), from where they survive this process.
//
// Threads: the loop's.
// Memory:  at most kMaxMemoryBytes and one event.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ringside::cluster {

// Events on disk, oldest first. See worker/cluster/file_spool.hpp.
class Spool {
 public:
  virtual ~Spool() = default;
  struct Entry {
    std::uint64_t n = 0;
    std::string text;
  };
  // False when it is full or the disk fails: nothing was written.
  [[nodiscard]] virtual bool append(std::uint64_t n, std::string_view text) = 0;
  // The events from `first_n` on, up to so many bytes (one at least).
  [[nodiscard]] virtual std::vector<Entry> read(std::uint64_t first_n, std::size_t max_bytes) = 0;
  // Events up to this one are no longer needed.
  virtual void trim(std::uint64_t up_to) = 0;
  [[nodiscard]] virtual std::uint64_t first_n() const noexcept = 0;  // 0: empty
  [[nodiscard]] virtual std::uint64_t last_n() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t n_bytes() const noexcept = 0;
  [[nodiscard]] virtual bool is_full() const noexcept = 0;
  // No event that is not confirmed is in the log up to this message.
  virtual void note_position(std::uint64_t number) noexcept = 0;
};

class Outbox {
 public:
  static constexpr std::size_t kMaxMemoryBytes = 4U << 20U;

  // `spool` may be null: then memory is all there is. What the spool has from before is continued: last_n() is its last.
  explicit Outbox(Spool* spool);

  // Takes an event and returns its number. Takes it also when is_full(): the caller asks first, and has what one read of a
  // producer brought.
  std::uint64_t push(std::string_view text);
  // From now on events survive this process (or no longer need to).
  void set_durable(bool yes);

  struct Batch {
    std::uint64_t first_n = 0;
    std::uint32_t count = 0;
    std::string body;  // a line each
  };
  // The oldest events, as many as fit both limits; one at least. Empty when there are none.
  [[nodiscard]] Batch next_batch(std::uint32_t max_events, std::size_t max_bytes);
  // The log has all up to this one. Never goes back.
  void confirm(std::uint64_t up_to);
  // No event that is not confirmed is in the log up to this message.
  void note_position(std::uint64_t number) noexcept {
    if (spool_ != nullptr) {
      spool_->note_position(number);
    }
  }
  // The log has lost events that were confirmed: they come before all others again. `first_n` is the oldest one's number.
  void restore(std::uint64_t first_n, std::vector<std::string> texts);

  [[nodiscard]] std::uint64_t last_n() const noexcept { return last_n_; }
  // All events up to this one are in the log, or were.
  [[nodiscard]] std::uint64_t confirmed() const noexcept { return confirmed_; }
  [[nodiscard]] std::uint64_t n_waiting() const noexcept;
  [[nodiscard]] bool is_full() const noexcept;

 private:
  struct Event {
    std::uint64_t n = 0;
    std::string text;
  };
  [[nodiscard]] bool spools() const noexcept;
  void move_to_spool();
  void load();

  Spool* spool_;
  bool durable_ = false;
  std::uint64_t last_n_ = 0;
  std::uint64_t confirmed_ = 0;
  // The oldest that are not confirmed; with a spool in use, those of its events that were read back.
  std::deque<Event> memory_;
  std::size_t memory_bytes_ = 0;
  std::deque<Event> unspooled_;  // the newest, when the spool takes no more
  bool on_disk_ = false;         // everything in memory_ is in the spool, and more may be there
};

}  // namespace ringside::cluster
