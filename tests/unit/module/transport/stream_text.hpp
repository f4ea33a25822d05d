#pragma once
// What the tests of encodings over HTTP share: a body without its chunks.

#include <string>

#include "module/transport/encoding.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {

// Takes the chunks of a body apart; fails the test when one is not as it says. A last chunk becomes "<end>".
inline std::string body_of(FrameBuffer& out) {
  const auto bytes = out.frames();
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string body;
  while (!rest.empty()) {
    const std::size_t line = rest.find("\r\n");
    if (line == std::string_view::npos) {
      RS_FAIL("a chunk without a size");
    }
    const std::size_t n = std::stoul(std::string(rest.substr(0, line)), nullptr, 16);
    rest.remove_prefix(line + 2);
    RS_EXPECT(rest.size() >= n + 2 && rest.substr(n, 2) == "\r\n");
    body += n == 0 ? "<end>" : rest.substr(0, n);
    rest.remove_prefix(n + 2);
  }
  return body;
}

inline std::string batch_of(Encoding& encoding, const std::vector<std::string>& events) {
  ManualClock clock;
  FrameBuffer out;
  encoding.begin_batch(out);
  std::uint64_t seq = 0;
  for (const std::string& event : events) {
    ++seq;
    encoding.add_event(out, {Epoch{0x1a2b3c4d}, Seq{seq}}, event, seq == 1);
  }
  encoding.end_batch(out, static_cast<unsigned>(events.size()), clock.wall_now());
  return body_of(out);
}

}  // namespace ringside::test
