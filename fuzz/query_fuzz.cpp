// What stands behind the question mark of an upgrade; the first byte chooses the endpoint.
#include "core/base/text.hpp"
#include "core/policy/filter.hpp"
#include "core/proto/query.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  constexpr Endpoint kEndpoints[] = {Endpoint::kEvents, Endpoint::kMetrics, Endpoint::kLogs};
  const auto arguments = split_query(fuzz::text_of(data + 1, size - 1));
  if (!arguments) {
    return 0;
  }
  for (const auto& [name, value] : *arguments) {
    fuzz::require(is_valid_utf8(name) && is_valid_utf8(value), "text is UTF-8");
  }
  const auto query = parse_query(kEndpoints[data[0] % 3], *arguments);
  if (!query) {
    fuzz::require(!query.error().message.empty(), "a refusal says why");
  } else if (query->filters.present()) {
    if (const auto filter = Filter::compile(query->filters.ref()); !filter) {
      fuzz::require(!filter.error().message.empty(), "a refused filter says why");
    }
  }
  return 0;
}
