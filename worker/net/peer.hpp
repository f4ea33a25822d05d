#pragma once
// Who is at the other end of a Unix socket, as the kernel reports it.
//
// Threads: any.

#include <sys/socket.h>

#include <optional>

#include "core/policy/peer_rules.hpp"

namespace ringside {

// Of a connected stream socket (SO_PEERCRED, SO_PEERGROUPS).
[[nodiscard]] std::optional<Peer> peer_of(int fd);
// Of a received datagram (SCM_CREDENTIALS); needs SO_PASSCRED on the socket.
[[nodiscard]] std::optional<Peer> peer_of(msghdr& message);

}  // namespace ringside
