#pragma once
// Card numbers in running text. Threads: pure functions.

#include <cstddef>
#include <string_view>

namespace ringside {

struct CardMatch {
  bool is_card = false;
  std::size_t end = 0;  // after the number, or after the digits that are none
};

// Whether the digits that begin at `at` are a card's number: 13 to 19 of them, all together or with
// single spaces or hyphens between groups, in a range that card issuers use, with the right check
// digit, and not part of a longer word or number.
//   Cost: linear in what it passes over, which is never looked at again.
[[nodiscard]] CardMatch match_card(std::string_view text, std::size_t at) noexcept;

}  // namespace ringside
