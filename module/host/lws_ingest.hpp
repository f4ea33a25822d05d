#pragma once
// Requests with events on the side of lws: the body of a POST, the socket to the worker, and the answer.
// Threads: the lws service thread only, within lws' callbacks; the return values are lws'.

#include <libwebsockets.h>

#include <optional>
#include <string_view>

#include "module/host/lws_response.hpp"

namespace ringside {

// Whether bodies are read at this path.
[[nodiscard]] bool is_ingest_path(std::string_view path) noexcept;

// If the request is for a path that takes events: answers with a refusal, or begins to take the body and puts what will be
// the answer into `response`, which the caller deletes. Returns lws' return value then; nothing for every other request.
[[nodiscard]] std::optional<int> begin_ingest(lws* wsi, LwsResponse*& response);

// A callback of the socket to the worker.
[[nodiscard]] int on_worker_socket(lws* wsi, lws_callback_reasons reason);

}  // namespace ringside
