#pragma once
// The control segment as subcommands open it: where there is one, and only that.

#include <memory>

#include "cli/command.hpp"
#include "core/control/control_segment.hpp"

namespace ringside::cli {

// Null after a complaint.
[[nodiscard]] std::unique_ptr<ControlSegment> open_control(const Globals& globals);

}  // namespace ringside::cli
