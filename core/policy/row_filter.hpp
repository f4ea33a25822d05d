#pragma once
// RowFilter: which events ("rows") an identity may see at all, whatever their type: the filter of its token, and those of its
// roles. All parts must pass; a part passes when one of its filters does.
//
// A value, shared parts inside; equal keys select equal events.  Threads: any; immutable.

#include <memory>
#include <string>
#include <vector>

#include "core/event/event_view.hpp"
#include "core/policy/filter.hpp"

namespace ringside {

class RowFilter {
 public:
  using Filters = std::vector<std::shared_ptr<const Filter>>;

  RowFilter() = default;  // every row
  // One of `alternatives` must pass, in addition to what was required before. None given, or one that passes everything:
  // nothing is required.
  void require_one_of(Filters alternatives);

  // Whether there is an event that it does not let through. If so, matches() needs `event.root`.
  [[nodiscard]] bool limits() const noexcept { return !parts_.empty(); }
  //   Cost: that of the filters; the first part that does not pass ends it.
  [[nodiscard]] bool matches(const EventView& event) const;
  // Empty for every row.
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] bool is_costly() const noexcept;
  // The paths of the members that decide, each once, sorted; kEveryPath among them when all texts do.
  [[nodiscard]] std::vector<std::string> paths() const;

 private:
  struct Part {
    Filters alternatives;
    std::string key;
  };
  std::vector<Part> parts_;  // sorted by key, each once
  std::string key_;
};

}  // namespace ringside
