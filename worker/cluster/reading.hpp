#pragma once
// Reading: what a log says by itself, read from some message on: which of its messages are one history. Every node that reads
// the same messages comes to the same history, whatever it had before.
//
// A log that has lost messages can hold some that continue what was lost: their numbers fitted by chance. They continue
// nothing that is there, and are left out. Where a reading begins without knowing anything, the first messages may be such;
// then the history is what more messages continue.
//
// Threads: the loop's.

#include <cstdint>
#include <map>

#include "worker/cluster/appender.hpp"
#include "worker/cluster/log.hpp"
#include "worker/cluster/position.hpp"

namespace ringside::cluster {

// Messages that continue each other, beside the history that is being read.
class Rival {
 public:
  void take(const LogMessage& message) noexcept;
  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }  // message
  [[nodiscard]] std::uint64_t n_messages() const noexcept { return n_messages_; }

 private:
  std::uint64_t first_ = 0;
  std::uint64_t n_messages_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t chain_ = 0;
};

class Reading {
 public:
  enum class Verdict {
    kPart,     // of the history
    kVoid,     // left out
    kKnown,    // read before
    kMissing,  // messages before it are missing: follow again after number()
    kAgain,    // what was read was not the history: follow again after number(), all is new
  };

  // Continues from a message that is known to be part of the history.
  void begin_at(const LogMessage& part);
  // Begins with whatever message comes after this one.
  void begin_after(std::uint64_t number);

  [[nodiscard]] Verdict take(const LogMessage& message);

  // The first message that was read; 0: none.
  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
  // The last message that was read.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  // What the next message must continue. Its number is that of the last message that was read, part or not.
  [[nodiscard]] LogEnd end() const noexcept { return end_; }
  // The messages that were left out, with their chains: a number can be used again by a log that loses messages.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& left_out() const noexcept {
    return left_out_;
  }
  // The last one that is part of the history; 0: none yet.
  [[nodiscard]] std::uint64_t last_part() const noexcept { return last_part_; }

 private:
  void move_to(const LogMessage& message) noexcept;

  std::uint64_t first_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t last_part_ = 0;
  std::uint64_t n_parts_ = 0;
  bool knows_start_ = false;
  LogEnd end_;
  Rival rival_;
  std::map<std::uint64_t, std::uint64_t> left_out_;
};

}  // namespace ringside::cluster
