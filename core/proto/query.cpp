// One table says which parameters exist, on which endpoints, and who reads each. Unknown parameters are rejected: a
// silently ignored typo would leave the client waiting forever. Everything is checked before the upgrade, because a 400
// with a reason is easier to find than a stream that stays empty; filters are compiled only after the token is verified.
#include "core/proto/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/echo.hpp"
#include "core/base/edit_distance.hpp"
#include "core/base/text.hpp"
#include "core/event/since.hpp"
#include "core/event/type.hpp"
#include "core/policy/filter.hpp"
#include "core/policy/level.hpp"

namespace ringside {
namespace {

using Refusal = std::optional<QueryError>;

constexpr std::string_view kFilterPrefix = "filter.";

QueryError refuse(std::string_view parameter, std::string_view what) {
  return QueryError{echo(parameter), fmt::format("{} {}", echo(parameter), what)};
}

// The pieces of a comma-separated value, trimmed, without the empty ones.
std::vector<std::string_view> pieces_of(std::string_view value) {
  std::vector<std::string_view> pieces;
  for (const std::string_view piece : split(value, ',')) {
    if (const std::string_view text = trim(piece); !text.empty()) {
      pieces.push_back(text);
    }
  }
  return pieces;
}

class QueryReader {
 public:
  QueryReader(Endpoint endpoint, QueryUse use) : endpoint_(endpoint), use_(use) {}

  Refusal read(std::string_view name, std::string_view value);
  ConnectionQuery& query() noexcept { return query_; }

 private:
  using Reader = Refusal (QueryReader::*)(std::string_view name, std::string_view value);
  struct Parameter {
    std::string_view name;
    Reader reader;
    std::optional<Endpoint> only;      // absent: all endpoints
    std::optional<QueryUse> only_use;  // absent: streams and pages
  };
  static const std::array<Parameter, 17> kParameters;

  // Reads a whole number into `out`, an unsigned or a number of milliseconds, perhaps in an optional.
  template <typename Number>
  static Refusal read_number(std::string_view name, std::string_view value, std::uint64_t least,
                             std::uint64_t most, std::optional<Number>& out) {
    std::uint64_t number = 0;
    if (!parse_u64(value, number) || number < least || number > most) {
      return refuse(name, fmt::format("must be {} to {}", least, most));
    }
    out = Number(static_cast<unsigned>(number));
    return std::nullopt;
  }
  static Refusal read_place(std::string_view name, std::string_view value, std::string& out);
  Refusal read_filter(std::string_view name, std::string_view key, std::string_view value,
                      bool is_list);
  [[nodiscard]] Refusal refuse_unknown(std::string_view name) const;

  Refusal token(std::string_view name, std::string_view value);
  Refusal ticket(std::string_view name, std::string_view value);
  Refusal events(std::string_view name, std::string_view value);
  Refusal batch_size(std::string_view name, std::string_view value);
  Refusal flush_ms(std::string_view name, std::string_view value);
  Refusal max_rate(std::string_view name, std::string_view value);
  Refusal compression(std::string_view name, std::string_view value);
  Refusal since(std::string_view name, std::string_view value);
  Refusal level(std::string_view name, std::string_view value);
  Refusal component(std::string_view name, std::string_view value);
  Refusal search(std::string_view name, std::string_view value);
  Refusal tail(std::string_view name, std::string_view value);
  Refusal names(std::string_view name, std::string_view value);
  Refusal interval(std::string_view name, std::string_view value);
  Refusal until(std::string_view name, std::string_view value);
  Refusal limit(std::string_view name, std::string_view value);
  Refusal order(std::string_view name, std::string_view value);
  [[nodiscard]] bool is_here(const Parameter& parameter) const noexcept {
    return (!parameter.only || *parameter.only == endpoint_) &&
           (!parameter.only_use || *parameter.only_use == use_);
  }

  Endpoint endpoint_;
  QueryUse use_;
  ConnectionQuery query_;
};

const std::array<QueryReader::Parameter, 17> QueryReader::kParameters{{
    {"token", &QueryReader::token, std::nullopt, std::nullopt},
    {"ticket", &QueryReader::ticket, std::nullopt, std::nullopt},
    {"events", &QueryReader::events, std::nullopt, std::nullopt},
    {"batch_size", &QueryReader::batch_size, std::nullopt, QueryUse::kLive},
    {"flush_ms", &QueryReader::flush_ms, std::nullopt, QueryUse::kLive},
    {"max_rate", &QueryReader::max_rate, std::nullopt, QueryUse::kLive},
    {"compression", &QueryReader::compression, std::nullopt, QueryUse::kLive},
    {"since", &QueryReader::since, std::nullopt, std::nullopt},
    {"level", &QueryReader::level, Endpoint::kLogs, std::nullopt},
    {"component", &QueryReader::component, Endpoint::kLogs, std::nullopt},
    {"search", &QueryReader::search, Endpoint::kLogs, std::nullopt},
    {"tail", &QueryReader::tail, Endpoint::kLogs, QueryUse::kLive},
    {"names", &QueryReader::names, Endpoint::kMetrics, std::nullopt},
    {"interval", &QueryReader::interval, Endpoint::kMetrics, QueryUse::kLive},
    {"until", &QueryReader::until, std::nullopt, QueryUse::kPage},
    {"limit", &QueryReader::limit, std::nullopt, QueryUse::kPage},
    {"order", &QueryReader::order, std::nullopt, QueryUse::kPage},
}};

Refusal QueryReader::read(std::string_view name, std::string_view value) {
  if (name.starts_with(kFilterPrefix)) {
    const std::string_view key = name.substr(kFilterPrefix.size());
    const bool is_list = key != "since" && key != "min_level" && key != "search.regex";
    return read_filter(name, key, value, is_list);
  }
  const auto* at = std::ranges::find(kParameters, name, &Parameter::name);
  if (at == kParameters.end()) {
    return refuse_unknown(name);
  }
  if (at->only && *at->only != endpoint_) {
    return refuse(name, fmt::format("is a parameter of {} only", info_of(*at->only).path));
  }
  if (at->only_use && *at->only_use != use_) {
    return refuse(name, use_ == QueryUse::kPage
                            ? "is a parameter of streams, not of a page of history"
                            : "is a parameter of pages of history: Accept: application/json");
  }
  return (this->*at->reader)(name, value);
}

Refusal QueryReader::refuse_unknown(std::string_view name) const {
  std::vector<std::string_view> near;
  for (const Parameter& parameter : kParameters) {
    if (is_here(parameter) && name.size() < kMaxEchoBytes &&
        edit_distance(name, parameter.name) <= 2) {
      near.push_back(parameter.name);
    }
  }
  return refuse(name, near.empty() ? std::string("is not a parameter")
                                   : fmt::format("is not a parameter; did you mean {}?",
                                                 fmt::join(near, " or ")));
}

// A place in the history: a time or an id.
Refusal QueryReader::read_place(std::string_view name, std::string_view value, std::string& out) {
  std::string text(value);
  // "+02:00" whose plus was not escaped arrives as a space; nothing else can have been meant.
  constexpr std::size_t kOffsetLength = std::string_view("+02:00").size();
  if (text.size() > kOffsetLength && text[text.size() - kOffsetLength] == ' ' &&
      text.back() != 'Z') {
    text[text.size() - kOffsetLength] = '+';
  }
  if (!is_valid_since(text)) {
    return refuse(name, fmt::format("must be {}", kSinceForms));
  }
  out = std::move(text);
  return std::nullopt;
}

// All filters go into one object; whether a key and its values make sense is for Filter::compile to
// say.
Refusal QueryReader::read_filter(std::string_view name, std::string_view key,
                                 std::string_view value, bool is_list) {
  if (key.empty()) {
    return refuse(name, "must name the member to filter by: filter.status");
  }
  for (const auto& [taken, parameter] : query_.filter_parameters) {
    if (taken == key) {
      return refuse(name,
                    fmt::format("and {} are the same filter; give only one", echo(parameter)));
    }
  }
  const std::vector<std::string_view> pieces = is_list ? pieces_of(value) : std::vector{value};
  if (pieces.empty() || pieces[0].empty()) {
    return refuse(name, "must not be empty");
  }
  if (!query_.filters.present()) {
    query_.filters = Json::object();
  }
  if (pieces.size() == 1) {
    query_.filters.set(key, pieces[0]);
  } else {
    Json values = Json::array();
    for (const std::string_view piece : pieces) {
      values.append(piece);
    }
    query_.filters.set(key, values);
  }
  query_.filter_parameters.emplace_back(key, name);
  return std::nullopt;
}

Refusal QueryReader::token(std::string_view, std::string_view value) {
  query_.token = value;
  return std::nullopt;
}

Refusal QueryReader::ticket(std::string_view, std::string_view value) {
  query_.ticket = value;
  return std::nullopt;
}

Refusal QueryReader::events(std::string_view name, std::string_view value) {
  std::vector<std::string> named;
  for (const std::string_view piece : pieces_of(value)) {
    if (!is_subscribable_name(piece)) {
      return refuse(name, fmt::format("has \"{}\", which is not an event type", echo(piece)));
    }
    named.emplace_back(piece);
  }
  query_.events = resolve_event_names(named);
  return std::nullopt;
}

Refusal QueryReader::batch_size(std::string_view name, std::string_view value) {
  return read_number(name, value, 1, 1000, query_.batch_size);
}

Refusal QueryReader::flush_ms(std::string_view name, std::string_view value) {
  return read_number(name, value, 0, 1000, query_.flush);
}

Refusal QueryReader::max_rate(std::string_view name, std::string_view value) {
  return read_number(name, value, 1, 1'000'000, query_.max_rate);
}

Refusal QueryReader::compression(std::string_view name, std::string_view value) {
  if (value != "true" && value != "false") {
    return refuse(name, "must be true or false");
  }
  query_.compression = value == "true";
  return std::nullopt;
}

Refusal QueryReader::since(std::string_view name, std::string_view value) {
  return read_place(name, value, query_.since);
}

Refusal QueryReader::level(std::string_view name, std::string_view value) {
  return read_filter(name, "min_level", value, false);
}

Refusal QueryReader::component(std::string_view name, std::string_view value) {
  return read_filter(name, "component", value, true);
}

Refusal QueryReader::search(std::string_view name, std::string_view value) {
  return read_filter(name, "search", value, false);
}

Refusal QueryReader::tail(std::string_view name, std::string_view value) {
  return read_number(name, value, 1, 10'000, query_.tail);
}

Refusal QueryReader::names(std::string_view name, std::string_view value) {
  return read_filter(name, "names", value, true);
}

Refusal QueryReader::interval(std::string_view name, std::string_view value) {
  return read_number(name, value, 1, 3'600'000, query_.interval);
}

Refusal QueryReader::until(std::string_view name, std::string_view value) {
  return read_place(name, value, query_.until);
}

Refusal QueryReader::limit(std::string_view name, std::string_view value) {
  return read_number(name, value, 1, 1000, query_.limit);
}

Refusal QueryReader::order(std::string_view name, std::string_view value) {
  if (value != "oldest" && value != "newest") {
    return refuse(name, "must be oldest or newest: the events that come first");
  }
  query_.newest_first = value == "newest";
  return std::nullopt;
}

}  // namespace

tl::expected<ConnectionQuery, QueryError> parse_query(Endpoint endpoint,
                                                      const std::vector<QueryArgument>& arguments,
                                                      QueryUse use) {
  QueryReader reader(endpoint, use);
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : arguments) {
    if (std::ranges::find(seen, name) != seen.end()) {
      return tl::unexpected(refuse(name, "is given twice"));
    }
    seen.push_back(name);
    if (Refusal refusal = reader.read(name, value)) {
      return tl::unexpected(std::move(*refusal));
    }
  }
  return std::move(reader.query());
}

// An error of the filter names the parameter that the client wrote: "filters.min_level" came from `level`.
std::optional<QueryError> compile_filters(ConnectionQuery& query, const FilterLimits& limits) {
  if (!query.filters.present()) {
    return std::nullopt;
  }
  auto compiled = Filter::compile(query.filters.ref(), limits);
  const auto parameters = std::exchange(query.filter_parameters, {});
  query.filters = Json();
  if (compiled) {
    query.filter = std::move(*compiled);
    return std::nullopt;
  }
  const FilterError& error = compiled.error();
  for (const auto& [key, parameter] : parameters) {
    const std::string where = "filters." + key;
    if (error.key == where || (error.key.starts_with(where) && error.key[where.size()] == '[')) {
      return refuse(parameter, error.message);
    }
  }
  return QueryError{echo(error.key), fmt::format("{} {}", echo(error.key), error.message)};
}

Subscription subscription_of(Endpoint endpoint, const ConnectionQuery& query) {
  const auto defaults = info_of(endpoint).default_events;
  if (!query.events.empty()) {
    return Subscription::of(query.events, query.filter);
  }
  return defaults.empty() ? Subscription::everything(query.filter)
                          : Subscription::of({defaults.begin(), defaults.end()}, query.filter);
}

}  // namespace ringside
