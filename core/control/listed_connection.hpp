#pragma once
// A connection as the control segment lists it, for administrators.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace ringside {

// What changes while a connection lives.
struct ConnectionNumbers {
  std::uint64_t behind = 0;  // events of the ring that it has not been offered yet
  std::uint64_t sent = 0;    // events
  std::uint64_t bytes = 0;   // of events, before TLS
  std::uint64_t missed = 0;  // events, as its client was told
  std::uint64_t view = 0;    // equal for connections that see the same events
};

// What requests with events have in place of an endpoint and a transport.
inline constexpr std::uint8_t kListedIngest = 3;
inline constexpr std::uint8_t kListedRequest = 3;

struct ConnectionInfo {
  std::uint64_t id = 0;
  std::uint32_t pid = 0;  // of its process; set by ControlSegment::connections()
  std::string user;       // the longest names are cut off, and end with "..."
  std::string roles;      // "admin, team-a"; cut off in the same way
  std::string address;    // of the peer
  std::uint8_t endpoint =
      0;  // the number of an Endpoint, or kListedIngest and that of an IngestKind
  std::uint8_t transport = 0;  // the number of a Transport, or kListedRequest
  WallTime since;
  ConnectionNumbers numbers;
};

struct ConnectionList {
  std::vector<ConnectionInfo> connections;  // the oldest first
  std::uint64_t n_left_out = 0;             // that the limit left out
};

}  // namespace ringside
