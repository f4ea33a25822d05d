// Events are recognised by their marks, whatever stands around them, so a dialect only has to
// know what else a server says. nats packs its own line protocol in binary messages; a MSG line
// needs no parsing here, and a PING comes alone or last.
#include "bench/src/dialect.hpp"

#include <stdexcept>

namespace ringside::bench {
namespace {

Notice classify_nothing(std::string_view /*message*/) { return Notice::kNothing; }

Notice classify_ringside(std::string_view message) {
  const std::string_view head = message.substr(0, 64);
  const auto is = [head](std::string_view type) {
    return head.find(type) != std::string_view::npos;
  };
  if (is(R"("type":"welcome")")) {
    return Notice::kReady;
  }
  if (is(R"("type":"gap")")) {
    return Notice::kGap;
  }
  if (is(R"("type":"replay_end")")) {
    return Notice::kReplayEnd;
  }
  // A body of events cannot end with a close frame, so it has a message for that.
  return is(R"("type":"error")") || is(R"("type":"close")") ? Notice::kError : Notice::kNothing;
}

Notice classify_nats(std::string_view message) {
  if (message.find("-ERR") != std::string_view::npos) {
    return Notice::kError;
  }
  if (message.ends_with("PONG\r\n")) {
    return Notice::kReady;
  }
  return message.ends_with("PING\r\n") ? Notice::kPing : Notice::kNothing;
}

Dialect ringside_dialect(const DialectOptions& options) {
  Dialect dialect;
  dialect.upgrade.target = "/ws?events=task&token=" + options.token;
  if (options.compression) {
    dialect.upgrade.target += "&compression=true";
  }
  if (!options.query.empty()) {
    dialect.upgrade.target += "&" + options.query;
  }
  dialect.ready_at_once = false;
  dialect.classify = classify_ringside;
  return dialect;
}

Dialect nats_dialect() {
  Dialect dialect;
  dialect.opcode = Opcode::kBinary;
  dialect.greeting =
      "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true,\"protocol\":1}\r\n"
      "SUB events 1\r\nPING\r\n";
  dialect.pong = "PONG\r\n";
  dialect.ready_at_once = false;
  dialect.classify = classify_nats;
  return dialect;
}

// Makes a WebSocket of a peer into a body of events on the same path.
void use_transport(Dialect& dialect, const std::string& transport) {
  if (transport == "websocket") {
    return;
  }
  const bool is_ringside = dialect.name == "ringside";
  if (transport == "event-stream" && (is_ringside || dialect.name == "nchan")) {
    dialect.accept = "text/event-stream";
    dialect.message_end = "\n\n";
  } else if (transport == "json-lines" && is_ringside) {
    dialect.accept = "application/x-ndjson";
    dialect.message_end = "\n";
    dialect.ready_at_once = true;  // lines of JSON have no welcome
  } else {
    throw std::invalid_argument(dialect.name + " has no transport " + transport);
  }
}

}  // namespace

Dialect make_dialect(std::string_view peer, const DialectOptions& options) {
  Dialect dialect;
  dialect.classify = classify_nothing;
  if (peer == "ringside") {
    dialect = ringside_dialect(options);
  } else if (peer == "nats") {
    dialect = nats_dialect();
  } else if (peer == "nchan") {
    dialect.upgrade.target = "/sub";
  } else if (peer != "floor" && peer != "ws") {
    throw std::invalid_argument("unknown peer " + std::string(peer));
  }
  dialect.name = peer;
  dialect.upgrade.offer_deflate = options.compression;
  use_transport(dialect, options.transport);
  return dialect;
}

}  // namespace ringside::bench
