#pragma once
// Transport: how events travel to a client.  Threads: pure.

#include <array>
#include <cstdint>
#include <string_view>

namespace ringside {

enum class Transport : std::uint8_t { kWebSocket, kEventStream, kJsonLines };

// "websocket", "event-stream", "json-lines"; "?" for a number that is none.
[[nodiscard]] constexpr std::string_view name_of(Transport transport) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"websocket", "event-stream", "json-lines"};
  const auto index = static_cast<std::size_t>(transport);
  return index < kNames.size() ? kNames[index] : "?";
}

}  // namespace ringside
