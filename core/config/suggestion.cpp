// Edit distance over a few dozen short names: the textbook's two rows are enough.
#include "core/config/suggestion.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ringside {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

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
