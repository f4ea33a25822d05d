#pragma once
// Tickets: what a browser puts into a URL instead of a token, good once and for seconds. POST /ticket makes one; any process that
// serves the run directory takes it.  Threads: the lws service thread only.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "module/probes.hpp"
#include "module/vhost.hpp"

namespace ringside {

inline constexpr std::chrono::seconds kTicketLifetime{30};
inline constexpr std::string_view kTicketPath = "/ticket";

// {"ticket":"...","expires_in":30} for the bearer token of the request, or the refusal.
[[nodiscard]] HttpAnswer answer_ticket(const HttpRequest& request, Vhost& vhost);

// The token that the ticket stands for; nothing when it is no ticket, has been used or has ended. It is used now.
[[nodiscard]] std::optional<std::string> redeem_ticket(Vhost& vhost, std::string_view ticket);

}  // namespace ringside
