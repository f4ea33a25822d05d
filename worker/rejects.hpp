#pragma once
// Rejects: what was refused, kept in a small ring of its own next to the events' for `ringside tail
// --rejected`. Threads: the loop's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/redact/redactor.hpp"
#include "core/ring/writer.hpp"

namespace ringside {

// Why an event was refused, for its sender. Holds nothing of its values.
struct Rejection {
  std::string message;  // "data.status must be a string"
  std::string member;   // "data.status"; empty where none is to blame
};

// Who sent it.
struct EventOrigin {
  std::string_view source;                // "events.sock", "events.dgram", "http", "built-in"
  std::optional<std::uint32_t> uid = {};  // of the sender, if the kernel reports it
  std::optional<std::uint32_t> pid = {};
  std::uint64_t line = 0;    // 1-based, on its connection; 0 where there are no lines
  std::uint64_t stream = 0;  // distinguishes the connections of a source
  // The user whose token came with the event; it becomes metadata.producer, whatever the event says. Empty: nobody vouches
  // for one, and the event says what it likes.
  std::string_view producer = {};
};

class Rejects {
 public:
  static constexpr std::size_t kCapacityBytes = 1U << 20U;
  static constexpr std::size_t kMaxTextBytes = 512;

  explicit Rejects(RingWriter& ring) : ring_(ring) {}

  // Keeps one: an EventRejected whose data has reason, member, source, line, bytes and text; the
  // text redacted, then cut to kMaxTextBytes, and valid UTF-8 without control characters.
  void add(const Rejection& rejection, std::string_view text, const EventOrigin& origin,
           WallTime received, Redactor& redactor);

  void end_turn() noexcept;
  void beat() noexcept { ring_.beat(); }

 private:
  RingWriter& ring_;
  bool appended_ = false;
};

}  // namespace ringside
