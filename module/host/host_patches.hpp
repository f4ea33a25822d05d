#pragma once
// What the libwebsockets that runs us has of cmake/lws/patches. Ours has all; someone else's has none, and the plugin
// works there, too, with what it can check by itself.
// Threads: the lws service thread only.

#include <libwebsockets.h>

#include <string>
#include <string_view>

namespace ringside {

// Whether this host was built with the patch of that name.
[[nodiscard]] bool host_has_patch(std::string_view name);

// One line for the log: which are missing and what follows from that; empty when none is.
[[nodiscard]] std::string missing_host_patches();

// Gives a request header another value, an empty one removes it. False when this host cannot, or there is no room.
[[nodiscard]] bool replace_header(lws* wsi, lws_token_indexes header, const std::string& value);

}  // namespace ringside
