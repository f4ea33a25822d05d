#pragma once
// Encoding: how events and messages become bytes on a connection. The rest of the module knows only this: a new transport
// is a new encoding and a file in module/host/.
//
// An encoding is shared by all connections that use it; chunks rendered with it are shared too.
// Threads: the lws service thread only.

#include <string_view>

#include "core/base/time.hpp"
#include "core/proto/close_code.hpp"
#include "core/proto/transport.hpp"
#include "core/ring/types.hpp"
#include "module/transport/frame.hpp"

namespace ringside {

class Encoding {
 public:
  virtual ~Encoding() = default;

  // Part of the key of what is shared: two encodings with the same name make the same bytes.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  // What it is called in the list of connections.
  [[nodiscard]] virtual Transport transport() const noexcept = 0;

  // A batch of one or more events: begin_batch(), add_event() for each, end_batch(). One alone may look as if there were
  // no batch. `text` is the event's JSON, `id` its public id.
  virtual void begin_batch(FrameBuffer& out) = 0;
  virtual void add_event(FrameBuffer& out, EventId id, std::string_view text, bool first) = 0;
  virtual void end_batch(FrameBuffer& out, unsigned n_events, WallTime now) = 0;

  // What comes before everything else, for one connection.
  virtual void begin_stream(FrameBuffer& /*out*/) {}
  // A message of the server, as JSON. An encoding may leave out messages that mean nothing in it.
  virtual void add_message(FrameBuffer& out, std::string_view json) = 0;
  // Keeps the connection alive, and asks the peer for a sign of life where the transport can.
  virtual void add_ping(FrameBuffer& out) = 0;
  // Whether a peer answers add_ping(); if not, only what its socket takes tells that it is alive.
  [[nodiscard]] virtual bool is_answered() const noexcept { return true; }
  // The client has seen, or does not want, everything up to `id`: where it resumes if it knows by itself how to.
  virtual void add_position(FrameBuffer& /*out*/, EventId /*id*/) {}
  // Says why the stream ends, and ends it; `before` sums up what was sent. Where the transport has a close frame, nothing.
  virtual void end_stream(FrameBuffer& /*out*/, const PlainSum& /*before*/, CloseCode /*code*/,
                          std::string_view /*reason*/) {}
};

}  // namespace ringside
