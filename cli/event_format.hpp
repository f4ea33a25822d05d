#pragma once
// Events as lines for people. Threads: pure.

#include <string>

#include "core/event/event_view.hpp"

namespace ringside::cli {

// One line: time, type or level, what it says. Free of control characters but for colours.
[[nodiscard]] std::string format_event(const EventView& event);

}  // namespace ringside::cli
