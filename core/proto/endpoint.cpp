// One table, so that the query parser, the upgrade decision and the sessions cannot disagree about an endpoint.
#include "core/proto/endpoint.hpp"

#include <algorithm>
#include <array>

namespace ringside {
namespace {

constexpr std::array<std::string_view, 2> kMetricEvents{"MetricUpdate", "SystemHealthUpdate"};
constexpr std::array<std::string_view, 1> kLogEvents{"LogEntry"};

constexpr std::array<EndpointInfo, 3> kEndpoints{{
    {Endpoint::kEvents, "/ws", "ringside-ws", {}, false},
    {Endpoint::kMetrics, "/metrics", "ringside-metrics", kMetricEvents, true},
    {Endpoint::kLogs, "/logs", "ringside-logs", kLogEvents, false},
}};

}  // namespace

std::span<const EndpointInfo> endpoints() noexcept { return kEndpoints; }

const EndpointInfo& info_of(Endpoint endpoint) noexcept {
  return kEndpoints[static_cast<std::size_t>(endpoint)];
}

std::optional<Endpoint> endpoint_of_path(std::string_view path) noexcept {
  const auto* at = std::ranges::find(kEndpoints, path, &EndpointInfo::path);
  return at == kEndpoints.end() ? std::nullopt : std::optional(at->endpoint);
}

}  // namespace ringside
