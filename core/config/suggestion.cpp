// The nearest of a few dozen short names, by edit distance.
#include "core/config/suggestion.hpp"

#include <algorithm>

#include "core/base/edit_distance.hpp"

namespace ringside {
std::string suggestion_for(std::string_view name, std::span<const OptionSpec> specs) {
  constexpr std::size_t kMaxNameBytes = 64;  // no option's is longer
  if (name.size() > kMaxNameBytes) {
    return {};
  }
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 4) + 1;
  for (const OptionSpec& spec : specs) {
    if (const std::size_t d = edit_distance(name, spec.name); d < best_distance) {
      best_distance = d;
      best = spec.name;
    }
  }
  return best.empty() ? std::string() : "; did you mean \"" + std::string(best) + "\"?";
}

}  // namespace ringside
