// StatsD and DogStatsD lines from the network: a sample within its bounds, a line of log, or why
// not.
#include <cmath>

#include "fuzz/fuzz.hpp"
#include "worker/sources/statsd/statsd_line.hpp"

using namespace ringside;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const StatsdLine line = parse_statsd_line(fuzz::text_of(data, size));
  if (const auto* const sample = std::get_if<StatsdSample>(&line)) {
    fuzz::require(!sample->name.empty() && sample->name.size() <= kMaxStatsdNameBytes, "a name");
    fuzz::require(sample->rate > 0 && sample->rate <= 1, "a rate");
    fuzz::require(sample->labels.size() <= kMaxStatsdTags, "a bounded number of labels");
    for (const double value : sample->values) {
      fuzz::require(std::isfinite(value), "values that JSON can hold");
    }
  } else if (const auto* const malformed = std::get_if<StatsdMalformed>(&line)) {
    fuzz::require(malformed->why != nullptr, "a refusal says why");
  }
  return 0;
}
