#pragma once
// A record as readers get it: private memory, validated.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/ring/types.hpp"

namespace ringside {

// One event copied out of the ring. `text` is the ready-made JSON object as clients get it, `id`
// included. Reuse one Record for many reads: its string keeps its capacity.
struct Record {
  Seq seq;
  WallTime received;           // goes back only by more than a second: a clock that was set
  std::uint8_t type_code = 0;  // core/event/type.hpp gives it its meaning
  std::string buffer;          // name, then text
  std::size_t name_bytes = 0;

  [[nodiscard]] std::string_view name() const noexcept {
    return std::string_view(buffer).substr(0, name_bytes);
  }
  [[nodiscard]] std::string_view text() const noexcept {
    return std::string_view(buffer).substr(name_bytes);
  }
};

}  // namespace ringside
