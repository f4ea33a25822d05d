#pragma once
// `since` and `to`: places in the history as clients write them, an RFC 3339 time or an event's id.
// Where the place lies is the ring's business; whether a text can mean one is checked here, before
// anything is kept.

#include <string_view>

namespace ringside {

// Whether `text` is spelled as an id: 8 lower-case hexadecimal digits, ':', a 64-bit decimal number
// without leading zeros.
[[nodiscard]] bool is_event_id_text(std::string_view text) noexcept;

// Whether `text` is an id or an RFC 3339 date-time.
[[nodiscard]] bool is_valid_since(std::string_view text);

}  // namespace ringside
