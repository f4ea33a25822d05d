#pragma once
// Condition: what one key of a filter asks of an event. Private to core/policy.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/event/event_view.hpp"
#include "core/policy/filter.hpp"
#include "core/policy/filter_index.hpp"
#include "core/policy/filter_path.hpp"
#include "core/policy/filter_search.hpp"
#include "core/policy/filter_value.hpp"
#include "core/policy/level.hpp"

namespace ringside {

class Condition {
 public:
  virtual ~Condition() = default;
  // `event.root` is present.  Threads: any that may use `event.memo`; immutable.
  [[nodiscard]] virtual bool holds(const EventView& event) const = 0;
  // Equal for conditions that select the same events, whatever the order in which their values were
  // given.
  [[nodiscard]] virtual std::string key() const = 0;
  // What it looks at: a path, or kEveryPath.
  [[nodiscard]] virtual std::string_view path() const noexcept = 0;
  // Whether it reads much text: such conditions are asked last.
  [[nodiscard]] virtual bool is_costly() const noexcept { return false; }
  // What it says about the hash of a member; null: nothing.
  [[nodiscard]] virtual const IndexedCondition* index() const noexcept { return nullptr; }
  // Bytes that it keeps, at most.
  [[nodiscard]] virtual std::size_t n_bytes() const noexcept = 0;
};

// The member at a path equals one of the values.
[[nodiscard]] std::unique_ptr<Condition> make_equality(FilterPath path,
                                                       const std::vector<FilterValue>& values);

// `level` is one of these, whatever its spelling; or equals one of the values (numbers, booleans).
[[nodiscard]] std::unique_ptr<Condition> make_level(const std::vector<LogLevel>& levels,
                                                    const std::vector<FilterValue>& values);

// `level` is this one or a more severe one. An unknown level is never.
[[nodiscard]] std::unique_ptr<Condition> make_min_level(LogLevel least);

// `data.metric_name` matches one of the globs.
[[nodiscard]] std::unique_ptr<Condition> make_names(std::vector<std::string> globs);

// One of the patterns occurs in `data` or `metadata`.
[[nodiscard]] std::unique_ptr<Condition> make_search(SearchPatterns patterns);

}  // namespace ringside
