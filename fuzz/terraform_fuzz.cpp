// What stands in for terraform in the pipe: each event that is made of it is one line of JSON.
#include "cli/from_terraform.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cli::FromTerraform run("fuzz", wall_from_ns(0));
  std::string events;
  for (const std::string_view line : split(fuzz::text_of(data, size), '\n')) {
    (void)run.take(line, events);
  }
  run.finish(events);
  for (const std::string_view line : split(events, '\n')) {
    fuzz::require(line.empty() || Json::parse(line).has_value(), "an event is a line of JSON");
  }
  return 0;
}
