// Datagrams of anybody's logger: each is a line of log.
#include "core/base/text.hpp"
#include "fuzz/fuzz.hpp"
#include "worker/sources/syslog/syslog_message.hpp"

using namespace ringside;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const LogLine line = parse_syslog(fuzz::text_of(data, size), wall_from_ns(0));
  fuzz::require(line.message.size() <= size, "nothing is made up");
  return 0;
}
