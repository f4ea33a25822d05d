#pragma once
// Edit distance: how near a mistyped name is to one that exists. Threads: pure.

#include <cstddef>
#include <string_view>

namespace ringside {

// Levenshtein's distance in bytes: insertions, deletions and substitutions.  Cost: a.size() * b.size(); bound both first.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace ringside
