#pragma once
// Tickets: short texts for a URL that are good once and for seconds, and stand for a token. One is the token itself, encrypted
// and authenticated under a key that only the servers have, with the place that says whether it was used
// (core/control/control_segment.hpp): so whatever a token is refused for, its ticket is, too.
//
// Threads: pure functions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside {

using TicketKey = std::array<std::uint64_t, 2>;

struct TicketContent {
  std::uint32_t place = 0;
  std::uint64_t word = 0;
  std::string token;
};

// Base64url, a third longer than the token.
[[nodiscard]] std::string seal_ticket(const TicketKey& key, const TicketContent& content);

// Nothing for a text that was not sealed with this key.
[[nodiscard]] std::optional<TicketContent> open_ticket(const TicketKey& key, std::string_view text);

}  // namespace ringside
