#pragma once
// The words that SecretPass looks at ("Bearer x", "the password is x"), by their first three letters in any case. It is asked of each
// word of a text, and a branch on letters would be mispredicted at every third word, so a table answers.
//
// Threads: pure functions. Cost: three loads, a multiplication and a look into 512 bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside {

[[nodiscard]] constexpr std::size_t hash_of_letters(char a, char b, char c) noexcept {
  const std::uint32_t letters = (static_cast<std::uint32_t>(static_cast<unsigned char>(a)) << 16U) |
                                (static_cast<std::uint32_t>(static_cast<unsigned char>(b)) << 8U) |
                                static_cast<unsigned char>(c);
  return ((letters | 0x202020U) * 0x9E3779B1U) >> 20U;
}

inline constexpr std::array<std::uint64_t, 64> kWordBegins = [] {
  std::array<std::uint64_t, 64> bits{};
  for (const std::string_view word : {"bea", "bas", "pas", "sec", "tok", "key"}) {
    const std::size_t hash = hash_of_letters(word[0], word[1], word[2]);
    bits[hash / 64] |= std::uint64_t{1} << (hash % 64);
  }
  return bits;
}();

// Whether the word at `at` may begin like one of them. True for one other word in several hundred.
[[nodiscard]] inline bool may_begin_known_word(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < 3) {
    return false;
  }
  const std::size_t hash = hash_of_letters(text[at], text[at + 1], text[at + 2]);
  return ((kWordBegins[hash / 64] >> (hash % 64)) & 1U) != 0;
}

}  // namespace ringside
