#pragma once
// A numeric internet address and port as text: "127.0.0.1:8125", "[::1]:8125", "localhost:8125",
// ":8125" and "8125" (the last two: 127.0.0.1). Names are not resolved.
//
// Threads: pure.

#include <sys/socket.h>

#include <string_view>

#include "core/base/result.hpp"

namespace ringside {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  bool is_loopback = false;
};

// Errors: a message for people that quotes `text`.
[[nodiscard]] Result<SocketAddress> parse_socket_address(std::string_view text);

}  // namespace ringside
