#pragma once
// LwsResponse: the answer to a plain request that is not complete when the head of the request has been read: a stream of
// events, a page of history, or what became of the events in a body.  Threads: the lws service thread only, within lws' callbacks; the return values are lws'.

#include <libwebsockets.h>

#include <optional>
#include <string_view>

namespace ringside {

class LwsResponse {
 public:
  LwsResponse() = default;
  virtual ~LwsResponse() = default;
  LwsResponse(const LwsResponse&) = delete;
  LwsResponse& operator=(const LwsResponse&) = delete;

  // Nonzero: the connection is to be closed.
  [[nodiscard]] virtual int on_writeable() = 0;
  // Whether all of the answer is out and the connection is to be used for another request: this is deleted next.
  [[nodiscard]] virtual bool is_over() const noexcept { return false; }
  // Of the request's body: a part, and its end.
  [[nodiscard]] virtual int on_body(std::string_view /*bytes*/) { return 0; }
  [[nodiscard]] virtual int on_body_end() { return 0; }
  // The connection is gone; this is deleted next.
  virtual void on_closed() noexcept = 0;
};

// If the request is for events of an endpoint in a form of core/proto/media_type.hpp: answers with a refusal, or begins the
// answer and puts it into `response`, which the caller deletes. Returns lws' return value then; nothing for every other
// request.
[[nodiscard]] std::optional<int> begin_response(lws* wsi, LwsResponse*& response);

}  // namespace ringside
