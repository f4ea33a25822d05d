// The query parameters of an upgrade as the host passes them on: decoded, any bytes. The first byte of
// the input chooses the endpoint.
#include <algorithm>
#include <vector>

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
  std::vector<QueryArgument> arguments;
  for (const std::string_view piece : split(fuzz::text_of(data + 1, size - 1), '&')) {
    const auto equals = std::min(piece.find('='), piece.size());
    arguments.push_back({std::string(piece.substr(0, equals)),
                         std::string(piece.substr(std::min(equals + 1, piece.size())))});
  }
  const auto query = parse_query(kEndpoints[data[0] % 3], arguments);
  if (!query) {
    fuzz::require(!query.error().message.empty(), "a refusal says why");
  } else if (query->filters.present()) {
    if (const auto filter = Filter::compile(query->filters.ref()); !filter) {
      fuzz::require(!filter.error().message.empty(), "a refused filter says why");
    }
  }
  return 0;
}
