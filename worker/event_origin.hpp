#pragma once
// EventOrigin: where an event came from.
//
// Threads: pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace ringside {

struct EventOrigin {
  std::string_view source;                // "events.sock", "events.dgram", "http", "built-in"
  std::optional<std::uint32_t> uid = {};  // of the sender, if the kernel reports it
  std::optional<std::uint32_t> pid = {};
  std::uint64_t line = 0;    // 1-based, on its connection; 0 where there are no lines
  std::uint64_t stream = 0;  // distinguishes the connections of a source; 0: its processes do
  // The user whose token came with the event; it becomes metadata.producer, whatever the event says. Empty: nobody vouches
  // for one, and the event says what it likes.
  std::string_view producer = {};
};

// Of an event that a built-in source makes: its stream is a file, or the user who wrote to a socket.
[[nodiscard]] EventOrigin origin_of(JsonRef metadata) noexcept;

// The texts that follow one another, of which a secret may take several: "events.sock|12|". No key is the beginning of another.
[[nodiscard]] std::string stream_key(const EventOrigin& origin);
// Who may have many streams: a local user, on whatever socket. A user of the web server and a file have one.
[[nodiscard]] std::string owner_key(const EventOrigin& origin);

}  // namespace ringside
