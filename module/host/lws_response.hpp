#pragma once
// LwsResponse: the answer to a plain GET of an endpoint that is not complete when the request has been read: a stream of
// events, or a page of history.  Threads: the lws service thread only, within lws' callbacks; the return values are lws'.

#include <libwebsockets.h>

#include <optional>

namespace ringside {

class LwsResponse {
 public:
  LwsResponse() = default;
  virtual ~LwsResponse() = default;
  LwsResponse(const LwsResponse&) = delete;
  LwsResponse& operator=(const LwsResponse&) = delete;

  // Nonzero: the connection is to be closed.
  [[nodiscard]] virtual int on_writeable() = 0;
  // The connection is gone; this is deleted next.
  virtual void on_closed() noexcept = 0;
};

// If the request is for events of an endpoint in a form of core/proto/media_type.hpp: answers with a refusal, or begins the
// answer and puts it into `response`, which the caller deletes. Returns lws' return value then; nothing for every other
// request.
[[nodiscard]] std::optional<int> begin_response(lws* wsi, LwsResponse*& response);

}  // namespace ringside
