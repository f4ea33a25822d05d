// How a subscriber talks to each peer: where it connects, what it says first, when it is served.
#pragma once

#include <string>
#include <string_view>

#include "bench/src/handshake.hpp"
#include "bench/src/ws_frame.hpp"

namespace ringside::bench {

// What a message without an event in it means.
enum class Notice {
  kNothing,
  kReady,  // from now on every event must arrive
  kPing,   // wants Dialect::pong sent back
  kGap,    // the server says that it left events out
  kReplayEnd,
  kError,
};

struct Dialect {
  std::string name;
  Upgrade upgrade;
  std::string accept;            // media type of a body of events; a WebSocket when empty
  std::string_view message_end;  // what each message in such a body ends with
  bool ready_at_once = true;     // served as soon as the handshake is done
  Opcode opcode = Opcode::kText;
  std::string greeting;  // a message sent after the handshake; none when empty
  std::string pong;
  Notice (*classify)(std::string_view message) = nullptr;
};

// What of a dialect the command line decides.
struct DialectOptions {
  std::string token;
  std::string query;                    // further parameters, "a=b&c=d"
  std::string transport = "websocket";  // or event-stream, json-lines
  bool compression = false;
};

// The dialect of `peer`: ringside, floor, nchan, nats or ws.
//   Throws std::invalid_argument for another name, and for a transport that the peer does not have.
[[nodiscard]] Dialect make_dialect(std::string_view peer, const DialectOptions& options);

}  // namespace ringside::bench
