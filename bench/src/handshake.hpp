// The HTTP part of a WebSocket, for both ends, and the little HTTP that publishing takes.
#pragma once

#include <string>
#include <string_view>

namespace ringside::bench {

// What a client asks for.
struct Upgrade {
  std::string target = "/";  // path and query
  std::string subprotocol;   // none when empty
  bool offer_deflate = false;
};

[[nodiscard]] std::string upgrade_request(const Upgrade& upgrade);

// The answer to an upgrade, its head complete.
//   Returns: empty when it is a proper 101 for this generator's key, else what is wrong with it.
[[nodiscard]] std::string check_upgrade_answer(std::string_view head);

// The server's side: the answer to a request with this head; empty when it has no key.
[[nodiscard]] std::string upgrade_answer(std::string_view head);

// The value of a header, by its lower-case name; empty when there is none.
[[nodiscard]] std::string_view header_value(std::string_view head, std::string_view name);

}  // namespace ringside::bench
