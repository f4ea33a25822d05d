#pragma once
// Small things that the parts of FromTerraform share. Threads: pure functions.

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace ringside::cli {

inline constexpr std::size_t kLongestId = 512;  // conf/schemas/events
inline constexpr std::string_view kPending = "Pending";
inline constexpr std::string_view kRunning = "Running";
inline constexpr std::string_view kCompleted = "Completed";
inline constexpr std::string_view kFailed = "Failed";

inline std::string text_of(JsonRef value) { return std::string(value.as_string().value_or("")); }

// At most `most` bytes, cut between characters.
inline std::string_view cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) {
    return text;
  }
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0u) == 0x80u) {
    --most;
  }
  return text.substr(0, most);
}

// Addresses with long keys do not fit an id; a hash of the rest keeps them distinct.
inline std::string id_of(std::string_view run, std::string_view address) {
  std::string id = fmt::format("{}/{}", run, address);
  if (id.size() > kLongestId) {
    const std::size_t hash = std::hash<std::string_view>{}(address);
    id = fmt::format("{}~{:016x}", cut(id, kLongestId - 17), hash);
  }
  return id;
}

inline double rounded(double value) noexcept { return std::round(value * 10) / 10; }

}  // namespace ringside::cli
