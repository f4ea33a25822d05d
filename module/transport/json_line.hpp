#pragma once
// Appends JSON without line breaks, for encodings in which a line break ends a record.  Threads: any.

#include <string_view>

#include "module/transport/frame.hpp"

namespace ringside {

// In JSON a raw line break can only be whitespace between tokens; each becomes a space.
inline void add_on_one_line(FrameBuffer& out, std::string_view json) {
  for (;;) {
    const std::size_t at = json.find_first_of("\r\n");
    out.add(json.substr(0, at));
    if (at == std::string_view::npos) {
      return;
    }
    out.add(" ");
    json.remove_prefix(at + 1);
  }
}

}  // namespace ringside
