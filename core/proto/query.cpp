// One table says which parameters exist, where, and who reads each. A misspelt parameter would
// otherwise be a client that waits for what never comes, so nothing is ignored; and everything is
// checked before the upgrade, filters included, because a 400 with a reason is easier to find than
// a stream that stays empty.
#include "core/proto/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/event/since.hpp"
#include "core/event/type.hpp"
#include "core/policy/filter.hpp"
#include "core/policy/level.hpp"

namespace ringside {
namespace {

using Refusal = std::optional<QueryError>;

constexpr std::size_t kMaxEchoBytes = 64;
constexpr std::string_view kFilterPrefix = "filter.";

std::string echo(std::string_view text) {
  return escape_controls(text.substr(0, kMaxEchoBytes)) +
         (text.size() > kMaxEchoBytes ? "..." : "");
}

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
  explicit QueryReader(Endpoint endpoint) : endpoint_(endpoint) {}

  Refusal read(std::string_view name, std::string_view value);
  Refusal compile_filters();
  ConnectionQuery& query() noexcept { return query_; }

 private:
  using Reader = Refusal (QueryReader::*)(std::string_view name, std::string_view value);
  struct Parameter {
    std::string_view name;
    Reader reader;
    std::optional<Endpoint> only;  // absent: all endpoints
  };
  static const std::array<Parameter, 13> kParameters;

  static Refusal read_number(std::string_view name, std::string_view value, std::size_t least,
                             std::size_t most, std::size_t& out);
  Refusal read_filter(std::string_view name, std::string_view key, std::string_view value,
                      bool is_list);
  [[nodiscard]] Refusal refuse_unknown(std::string_view name) const;

  Refusal token(std::string_view name, std::string_view value);
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

  Endpoint endpoint_;
  ConnectionQuery query_;
  std::vector<std::pair<std::string, std::string>>
      filter_parameters_;  // a filter's key, and the parameter that gave it
};

const std::array<QueryReader::Parameter, 13> QueryReader::kParameters{{
    {"token", &QueryReader::token, std::nullopt},
    {"events", &QueryReader::events, std::nullopt},
    {"batch_size", &QueryReader::batch_size, std::nullopt},
    {"flush_ms", &QueryReader::flush_ms, std::nullopt},
    {"max_rate", &QueryReader::max_rate, std::nullopt},
    {"compression", &QueryReader::compression, std::nullopt},
    {"since", &QueryReader::since, std::nullopt},
    {"level", &QueryReader::level, Endpoint::kLogs},
    {"component", &QueryReader::component, Endpoint::kLogs},
    {"search", &QueryReader::search, Endpoint::kLogs},
    {"tail", &QueryReader::tail, Endpoint::kLogs},
    {"names", &QueryReader::names, Endpoint::kMetrics},
    {"interval", &QueryReader::interval, Endpoint::kMetrics},
}};

// Levenshtein's, for names of a few letters.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string_view path_of(Endpoint endpoint) noexcept {
  switch (endpoint) {
    case Endpoint::kEvents:
      return "/ws";
    case Endpoint::kMetrics:
      return "/metrics";
    case Endpoint::kLogs:
      return "/logs";
  }
  return "/ws";
}

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
    return refuse(name, fmt::format("is a parameter of {} only", path_of(*at->only)));
  }
  return (this->*at->reader)(name, value);
}

Refusal QueryReader::refuse_unknown(std::string_view name) const {
  std::vector<std::string_view> near;
  for (const Parameter& parameter : kParameters) {
    const bool is_here = !parameter.only || *parameter.only == endpoint_;
    if (is_here && name.size() < kMaxEchoBytes && edit_distance(name, parameter.name) <= 2) {
      near.push_back(parameter.name);
    }
  }
  return refuse(name, near.empty() ? std::string("is not a parameter")
                                   : fmt::format("is not a parameter; did you mean {}?",
                                                 fmt::join(near, " or ")));
}

Refusal QueryReader::read_number(std::string_view name, std::string_view value, std::size_t least,
                                 std::size_t most, std::size_t& out) {
  if (!parse_u64(value, out) || out < least || out > most) {
    return refuse(name, fmt::format("must be {} to {}", least, most));
  }
  return std::nullopt;
}

// All filters go into one object; whether a key and its values make sense is for Filter::compile to
// say.
Refusal QueryReader::read_filter(std::string_view name, std::string_view key,
                                 std::string_view value, bool is_list) {
  if (key.empty()) {
    return refuse(name, "must name what to filter by: filter.status");
  }
  for (const auto& [taken, parameter] : filter_parameters_) {
    if (taken == key) {
      return refuse(name, fmt::format("and {} are the same filter; give one", echo(parameter)));
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
  filter_parameters_.emplace_back(key, name);
  return std::nullopt;
}

// An error of the filter is told as one of the parameter that the client wrote: "filters.min_level"
// came from `level`.
Refusal QueryReader::compile_filters() {
  if (!query_.filters.present()) {
    return std::nullopt;
  }
  const auto compiled = Filter::compile(query_.filters.ref());
  if (compiled) {
    return std::nullopt;
  }
  const FilterError& error = compiled.error();
  for (const auto& [key, parameter] : filter_parameters_) {
    const std::string where = "filters." + key;
    if (error.key == where || (error.key.starts_with(where) && error.key[where.size()] == '[')) {
      return refuse(parameter, error.message);
    }
  }
  return QueryError{echo(error.key), fmt::format("{} {}", echo(error.key), error.message)};
}

Refusal QueryReader::token(std::string_view, std::string_view value) {
  query_.token = value;
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
  std::size_t number = 0;
  Refusal refusal = read_number(name, value, 1, 1000, number);
  query_.batch_size = refusal ? query_.batch_size : static_cast<unsigned>(number);
  return refusal;
}

Refusal QueryReader::flush_ms(std::string_view name, std::string_view value) {
  std::size_t number = 0;
  Refusal refusal = read_number(name, value, 0, 1000, number);
  query_.flush = std::chrono::milliseconds(number);
  return refusal;
}

Refusal QueryReader::max_rate(std::string_view name, std::string_view value) {
  std::size_t number = 0;
  Refusal refusal = read_number(name, value, 1, 1'000'000, number);
  query_.max_rate = static_cast<unsigned>(number);
  return refusal;
}

Refusal QueryReader::compression(std::string_view name, std::string_view value) {
  if (value != "true" && value != "false") {
    return refuse(name, "must be true or false");
  }
  query_.compression = value == "true";
  return std::nullopt;
}

Refusal QueryReader::since(std::string_view name, std::string_view value) {
  std::string text(value);
  // "+02:00" whose plus was not escaped arrives as a space; nothing else can have been meant.
  constexpr std::size_t kOffsetLength = std::string_view("+02:00").size();
  if (text.size() > kOffsetLength && text[text.size() - kOffsetLength] == ' ' &&
      text.back() != 'Z') {
    text[text.size() - kOffsetLength] = '+';
  }
  if (!is_valid_since(text)) {
    return refuse(name, "must be an RFC 3339 time or an event id");
  }
  query_.since = std::move(text);
  return std::nullopt;
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
  std::size_t number = 0;
  Refusal refusal = read_number(name, value, 1, 10'000, number);
  query_.tail = static_cast<unsigned>(number);
  return refusal;
}

Refusal QueryReader::names(std::string_view name, std::string_view value) {
  return read_filter(name, "names", value, true);
}

Refusal QueryReader::interval(std::string_view name, std::string_view value) {
  std::size_t number = 0;
  Refusal refusal = read_number(name, value, 1, 3'600'000, number);
  query_.interval = std::chrono::milliseconds(number);
  return refusal;
}

}  // namespace

std::optional<Endpoint> endpoint_of_path(std::string_view path) noexcept {
  for (const Endpoint endpoint : {Endpoint::kEvents, Endpoint::kMetrics, Endpoint::kLogs}) {
    if (path == path_of(endpoint)) {
      return endpoint;
    }
  }
  return std::nullopt;
}

std::string_view protocol_name_of(Endpoint endpoint) noexcept {
  switch (endpoint) {
    case Endpoint::kEvents:
      return "ringside-ws";
    case Endpoint::kMetrics:
      return "ringside-metrics";
    case Endpoint::kLogs:
      return "ringside-logs";
  }
  return "ringside-ws";
}

tl::expected<ConnectionQuery, QueryError> parse_query(Endpoint endpoint,
                                                      const std::vector<QueryArgument>& arguments) {
  QueryReader reader(endpoint);
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
  if (Refusal refusal = reader.compile_filters()) {
    return tl::unexpected(std::move(*refusal));
  }
  return std::move(reader.query());
}

}  // namespace ringside
