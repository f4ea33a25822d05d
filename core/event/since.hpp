#pragma once
// `since` and `to`: places in the history as clients write them, an RFC 3339 time or an event's id.
// The text is checked here before anything is kept; the ring finds the place.

#include <string_view>

namespace ringside {

// Whether `text` is an id or an RFC 3339 date-time.
[[nodiscard]] bool is_valid_since(std::string_view text);

}  // namespace ringside
