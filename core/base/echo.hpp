#pragma once
// Input that a message repeats to its sender: short, and without control characters.
//
// Threads: pure.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/text.hpp"

namespace ringside {

inline constexpr std::size_t kMaxEchoBytes = 64;

// At most kMaxEchoBytes of `text`, with "..." when it is longer.
[[nodiscard]] inline std::string echo(std::string_view text) {
  return escape_controls(text.substr(0, kMaxEchoBytes)) +
         (text.size() > kMaxEchoBytes ? "..." : "");
}

}  // namespace ringside
