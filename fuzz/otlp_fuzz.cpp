// OTLP messages in both encodings: whatever comes, each record becomes an event that is JSON with the members that an event
// must have, or a reason; and never more than a message may have.
#include <string>

#include "core/base/json.hpp"
#include "core/otlp/otlp_reader.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

namespace {

void read(OtlpSignal signal, OtlpEncoding encoding, std::string_view input) {
  auto body = OtlpBody::open(signal, encoding, std::string(input));
  if (!body) {
    return;
  }
  const std::size_t n_records = body->n_records();
  OtlpReader reader(std::move(*body));
  std::size_t n_taken = 0;
  for (std::string text;;) {
    const OtlpReader::Next next = reader.next(text);
    if (next == OtlpReader::Next::kEnd) {
      break;
    }
    // A data point takes two bytes at least.
    fuzz::require(++n_taken <= n_records + input.size(), "no more than what came");
    if (next == OtlpReader::Next::kEvent) {
      const auto event = Json::parse(text, {.max_depth = 512});
      fuzz::require(event.has_value(), "an event is JSON");
      fuzz::require((*event)["data"].is_object() && (*event)["metadata"].is_object(),
                    "a whole event");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text_of(data, size);
  for (const OtlpSignal signal : {OtlpSignal::kLogs, OtlpSignal::kMetrics}) {
    for (const OtlpEncoding encoding : {OtlpEncoding::kJson, OtlpEncoding::kProtobuf}) {
      read(signal, encoding, input);
    }
  }
  return 0;
}
