#pragma once
// Filter: the `filters` object of a subscription, compiled once. Keys are ANDed, the values of one
// key ORed.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/event/event_view.hpp"
#include "core/policy/filter_index.hpp"

namespace ringside {

// Why a filter was refused: an outcome for the client, code `bad_filter`.
struct FilterError {
  std::string key;      // "filters.search.regex"
  std::string message;  // "missing closing )"
};

// Bounds on one filter; what a client can make the server keep and do.
struct FilterLimits {
  std::size_t max_keys = 32;
  std::size_t max_values_per_key = 100;
  std::size_t max_value_bytes = 1024;
  std::size_t max_path_steps = 16;
  std::size_t max_expressions = 16;            // regular expressions in one `search`
  std::size_t max_program_size = 500;          // instructions of the automaton of one `search`
  std::size_t max_search_bytes = 128u << 10u;  // memory of that automaton
  std::size_t max_bytes = 1u << 20u;           // of the whole filter
};

// Where `since` points to: a time or an id's text. Replay is the session's work, not the filter's.
struct SinceFilter {
  std::string text;
};

class Filter {
 public:
  // Compiles `filters` (an object). Keys:
  //   status, level, component, ...   a member of `data`, else of `metadata`; a value or an array of values; strings, numbers, booleans
  //   a.b.c                           reaches deeper, from `data`, else `metadata`, else (data.x, metadata.x, event_type) the root
  //   task_name                       data.name
  //   min_level                       TRACE < DEBUG < INFO < NOTICE < WARN(ING) < ERROR < CRITICAL/FATAL..., case-insensitive
  //   names                           globs on data.metric_name
  //   search                          a case-insensitive substring of any string in data and metadata, or {"regex": "..."} (RE2, linear time)
  //   since                           kept aside, see since()
  // `level` compares without regard to case, WARN equals WARNING.
  [[nodiscard]] static tl::expected<std::shared_ptr<const Filter>, FilterError> compile(
      JsonRef filters, const FilterLimits& limits = {});
  virtual ~Filter() = default;

  // Whether the event passes. `event.root` must be present if needs_json().
  //   Threads: any; immutable.  Cost: no allocation beyond the text a search has to fold.
  [[nodiscard]] virtual bool matches(const EventView& event) const = 0;
  [[nodiscard]] virtual bool needs_json() const noexcept = 0;  // false: passes everything
  [[nodiscard]] virtual const std::string& key()
      const noexcept = 0;  // equal keys select equal events
  [[nodiscard]] virtual const std::optional<SinceFilter>& since() const noexcept = 0;
  // The paths of the members that it looks at, each once; see read_filter_path().
  [[nodiscard]] virtual const std::vector<std::string>& paths() const noexcept = 0;
  // What its conditions say about hashes of members: each rules events out. Empty when none says anything.
  [[nodiscard]] virtual const std::vector<const IndexedCondition*>& indexed() const noexcept = 0;
  // Whether matches() may cost much more than parsing the event did.
  [[nodiscard]] virtual bool is_costly() const noexcept = 0;
  // Bytes that it keeps, at most.
  [[nodiscard]] virtual std::size_t n_bytes() const noexcept = 0;
};

// A path of a filter that looks at every text of an event.
inline constexpr std::string_view kEveryPath = "*";
// The member that a path names, as a filter finds it; absent when there is none.
[[nodiscard]] JsonRef read_filter_path(const EventView& event, std::string_view path);

}  // namespace ringside
