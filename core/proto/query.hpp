#pragma once
// The query parameters of an upgrade: `/ws?events=task&batch_size=5`. The host has decoded percent escapes.

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
#include "core/policy/filter.hpp"
#include "core/policy/subscription.hpp"
#include "core/proto/endpoint.hpp"

namespace ringside {

// Why a parameter was refused; becomes a 400 with this JSON body.
struct QueryError {
  std::string parameter;
  std::string message;  // "batch_size must be 1 to 1000"
};

// The use of a query: a live stream, or a page of history.
enum class QueryUse { kLive, kPage };

inline constexpr unsigned kDefaultPageEvents = 100;

struct ConnectionQuery {
  std::string token;                // empty when absent
  std::string ticket;               // of module/tickets.hpp, instead of a token; empty when absent
  std::vector<std::string> events;  // full names; empty: all
  std::optional<unsigned> batch_size;              // 1 to 1000; absent: the vhost's default
  std::optional<std::chrono::milliseconds> flush;  // 0 to 1000; absent: the vhost's default
  std::optional<unsigned> max_rate;                // events a second, 1 to 1,000,000
  bool compression = false;
  std::string since;  // a place as in core/event/since.hpp, checked; empty when absent
  // filter.NAME=VALUE[,VALUE], and level, component, search, names, as they were sent; absent when there are none, and
  // after compile_filters().
  Json filters;
  std::vector<std::pair<std::string, std::string>>
      filter_parameters;                 // a filter's key, and the parameter that gave it
  std::shared_ptr<const Filter> filter;  // what compile_filters() made; null: no filter
  std::optional<unsigned> tail;          // /logs: 1 to 10,000
  std::optional<std::chrono::milliseconds> interval;  // /metrics: 1 to 3,600,000
  // Of a page only.
  std::string until;              // the same: events before it
  std::optional<unsigned> limit;  // 1 to 1000 events; absent: kDefaultPageEvents
  bool newest_first = false;      // order=newest
};

using QueryArgument = std::pair<std::string, std::string>;  // name, value, both decoded

// Checks the arguments of one upgrade, except the filters' values. `level` becomes filter min_level, `component`,
// `search` and `names` filters of those names. Refuses an unknown parameter, one that belongs to another endpoint, one
// given twice, and every bad value.
//   Cost: linear in the text; compiles nothing, so it may run before the token is verified.
[[nodiscard]] tl::expected<ConnectionQuery, QueryError> parse_query(
    Endpoint endpoint, const std::vector<QueryArgument>& arguments, QueryUse use = QueryUse::kLive);

// Compiles `query.filters` into `query.filter`, once, and frees the former.
//   Returns: the parameter at fault, as the client wrote it; nothing when the filter is ready (or there is none).
//   Cost:    up to a few milliseconds for costly expressions: verify the token first.
[[nodiscard]] std::optional<QueryError> compile_filters(ConnectionQuery& query,
                                                        const FilterLimits& limits = {});

// The subscription that a query begins with: the types it names, or those of the endpoint, or everything; with its compiled
// filter.
[[nodiscard]] Subscription subscription_of(Endpoint endpoint, const ConnectionQuery& query);

}  // namespace ringside
