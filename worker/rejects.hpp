#pragma once
// Rejects: what was refused, kept in a small ring of its own next to the events' for `ringside tail
// --rejected`. Threads: the loop's.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/redact/redactor.hpp"
#include "core/ring/writer.hpp"
#include "worker/event_origin.hpp"

namespace ringside {

// Why an event was refused, for its sender. Holds nothing of its values.
struct Rejection {
  std::string message;  // "data.status must be a string"
  std::string member;   // "data.status"; empty where none is to blame
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
