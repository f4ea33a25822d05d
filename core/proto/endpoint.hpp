#pragma once
// Endpoint: the paths that serve events. One row for each; a new endpoint is a new row and, where it needs one, a
// counter in module/delivery_stats.cpp.  Threads: pure.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace ringside {

enum class Endpoint { kEvents, kMetrics, kLogs };

struct EndpointInfo {
  Endpoint endpoint = Endpoint::kEvents;
  std::string_view path;         // "/ws"
  std::string_view subprotocol;  // "ringside-ws"
  // Full names of the event types that a connection gets when it names none; empty: all.
  std::span<const std::string_view> default_events;
  // Whether the connection may ask for the latest value of each metric series instead of every value.
  bool serves_series = false;
};

// Every endpoint, in the order of the enumerators.
[[nodiscard]] std::span<const EndpointInfo> endpoints() noexcept;
[[nodiscard]] const EndpointInfo& info_of(Endpoint endpoint) noexcept;
// Nothing for a path that serves no events.
[[nodiscard]] std::optional<Endpoint> endpoint_of_path(std::string_view path) noexcept;

}  // namespace ringside
