// Paths and users are hashed: no name can look like the beginning of another one's key.
#include "worker/event_origin.hpp"

#include <fmt/format.h>

#include <functional>

namespace ringside {

EventOrigin origin_of(JsonRef metadata) noexcept {
  EventOrigin origin{.source = metadata["source"].as_string().value_or("built-in")};
  if (const auto uid = metadata["sender_uid"].as_integer()) {
    origin.uid = static_cast<std::uint32_t>(*uid);
  }
  if (const auto path = metadata["path"].as_string()) {
    origin.stream = std::hash<std::string_view>()(*path) | 1U;
  } else {
    // Not the process that sends: a script starts logger(1) once for each line.
    origin.stream =
        1U + static_cast<std::uint64_t>(metadata["sender_uid"].as_integer().value_or(0));
  }
  return origin;
}

std::string stream_key(const EventOrigin& origin) {
  return fmt::format("{}|{}|", origin.source,
                     origin.stream != 0 ? origin.stream : origin.pid.value_or(0));
}

std::string owner_key(const EventOrigin& origin) {
  return origin.uid ? fmt::format("uid {}", *origin.uid) : stream_key(origin);
}

}  // namespace ringside
