#pragma once
// Parses Sec-WebSocket-Extensions and chooses an offer of permessage-deflate (RFC 7692 section 5).
// Threads: pure.

#include <optional>
#include <string>
#include <string_view>

namespace ringside {

// The parameters of the offer that is taken. A client's window is inflated whatever its size, so client_max_window_bits
// needs no answer.
struct DeflateAgreement {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;

  // The value of the answer's header: "permessage-deflate; client_no_context_takeover".
  [[nodiscard]] std::string text() const;
};

// The first offer that this server can keep to. An offer that is malformed, has an unknown, doubled or wrong parameter, or
// asks for a small window of the server (server_max_window_bits) is passed over, and so is one of another extension.
//   Cost: one pass over the header.
[[nodiscard]] std::optional<DeflateAgreement> accept_deflate(std::string_view header);

}  // namespace ringside
