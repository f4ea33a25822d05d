#pragma once
// The query parameters of an upgrade: `/ws?events=task&batch_size=5`. Already percent-decoded by
// the host; checked here.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace ringside {

enum class Endpoint { kEvents, kMetrics, kLogs };

[[nodiscard]] std::optional<Endpoint> endpoint_of_path(
    std::string_view path) noexcept;  // "/ws", "/metrics", "/logs"
[[nodiscard]] std::string_view protocol_name_of(Endpoint endpoint) noexcept;  // "ringside-ws", ...

// Why an upgrade was refused; becomes a 400 with this JSON body.
struct QueryError {
  std::string parameter;
  std::string message;  // "batch_size must be 1 to 1000"
};

struct ConnectionQuery {
  std::string token;                // empty when absent
  std::vector<std::string> events;  // full names; empty: all
  unsigned batch_size = 10;
  std::optional<std::chrono::milliseconds> flush;  // 0 to 1000; absent: the vhost's default
  std::optional<unsigned> max_rate;                // events a second, 1 to 1,000,000
  bool compression = false;
  std::string since;  // RFC 3339 time or id, checked; empty when absent
  Json filters;  // filter.NAME=VALUE[,VALUE], and level, component, search, names; absent when none
  std::optional<unsigned> tail;                       // /logs: 1 to 10,000
  std::optional<std::chrono::milliseconds> interval;  // /metrics: 1 to 3,600,000
};

using QueryArgument = std::pair<std::string, std::string>;  // name, value, both decoded

// Checks the arguments of one upgrade. `level` becomes filter min_level, `component`, `search` and
// `names` filters of those names. Refuses an unknown parameter, one that belongs to another
// endpoint, one given twice, and every bad value.
[[nodiscard]] tl::expected<ConnectionQuery, QueryError> parse_query(
    Endpoint endpoint, const std::vector<QueryArgument>& arguments);

// Splits and percent-decodes a raw query string ("a=1&b=%20"; `+` is a space). Nothing on a broken
// escape, a NUL, or what is not UTF-8.
[[nodiscard]] std::optional<std::vector<QueryArgument>> split_query(std::string_view raw);

}  // namespace ringside
