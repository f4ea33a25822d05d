#pragma once
// Times as people type them. Threads: pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace ringside::cli {

// "90s", "10m" or "10min", "12h", "7d".
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// "3.2 s", "4 min", "2 h 5 min": for people.
[[nodiscard]] std::string describe_duration(std::chrono::milliseconds span);
// "412", "3.1 KiB", "64 MiB".
[[nodiscard]] std::string describe_bytes(std::uint64_t n_bytes);
// "1,234,567"
[[nodiscard]] std::string describe_count(std::uint64_t n);

}  // namespace ringside::cli
