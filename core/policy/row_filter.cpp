// Alternatives and parts are sorted and kept once, so that two identities that may see the same rows have the same key, be it
// by their tokens or by their roles: they share what is rendered.
#include "core/policy/row_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace ringside {

void RowFilter::require_one_of(Filters alternatives) {
  std::erase(alternatives, nullptr);
  if (alternatives.empty() ||
      std::ranges::any_of(alternatives, [](const auto& filter) { return !filter->needs_json(); })) {
    return;
  }
  const auto key_of = [](const auto& filter) -> const std::string& { return filter->key(); };
  std::ranges::sort(alternatives, {}, key_of);
  alternatives.erase(  // clang 14 cannot instantiate the subrange of std::ranges::unique
      std::unique(alternatives.begin(), alternatives.end(),
                  [&](const auto& a, const auto& b) { return key_of(a) == key_of(b); }),
      alternatives.end());
  Part part;
  for (const auto& filter : alternatives) {
    fmt::format_to(std::back_inserter(part.key), "{}:{}|", filter->key().size(), filter->key());
  }
  part.alternatives = std::move(alternatives);
  const auto at = std::ranges::lower_bound(parts_, part.key, {}, &Part::key);
  if (at != parts_.end() && at->key == part.key) {
    return;
  }
  parts_.insert(at, std::move(part));
  key_.clear();
  for (const Part& each : parts_) {
    fmt::format_to(std::back_inserter(key_), "{}:{}&", each.key.size(), each.key);
  }
}

bool RowFilter::matches(const EventView& event) const {
  return std::ranges::all_of(parts_, [&](const Part& part) {
    return std::ranges::any_of(part.alternatives,
                               [&](const auto& filter) { return filter->matches(event); });
  });
}

bool RowFilter::is_costly() const noexcept {
  return std::ranges::any_of(parts_, [](const Part& part) {
    return std::ranges::any_of(part.alternatives,
                               [](const auto& filter) { return filter->is_costly(); });
  });
}

std::vector<std::string> RowFilter::paths() const {
  std::set<std::string> paths;
  for (const Part& part : parts_) {
    for (const auto& filter : part.alternatives) {
      paths.insert(filter->paths().begin(), filter->paths().end());
    }
  }
  return {paths.begin(), paths.end()};
}

}  // namespace ringside
