// The nearest of a few dozen short names, by edit distance.
#include "core/config/suggestion.hpp"

#include <algorithm>
#include <vector>

#include "core/base/edit_distance.hpp"

namespace ringside {

std::string suggestion_for(std::string_view name, std::span<const std::string_view> names) {
  constexpr std::size_t kMaxNameBytes = 64;  // no name of ours is longer
  if (name.size() > kMaxNameBytes) {
    return {};
  }
  std::string_view best;
  // Of a short name, more edits would leave nothing: "foo" is not "log".
  std::size_t best_distance = (name.size() < 4 ? 1 : std::max<std::size_t>(2, name.size() / 4)) + 1;
  for (const std::string_view candidate : names) {
    if (const std::size_t d = edit_distance(name, candidate); d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : "; did you mean \"" + std::string(best) + "\"?";
}

std::string suggestion_for(std::string_view name, std::span<const OptionSpec> specs) {
  std::vector<std::string_view> names;
  names.reserve(specs.size());
  for (const OptionSpec& spec : specs) {
    names.push_back(spec.name);
  }
  return suggestion_for(name, names);
}

}  // namespace ringside
