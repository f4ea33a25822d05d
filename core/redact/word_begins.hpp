#pragma once
// The words that SecretPass looks at ("Bearer x", "the password is x", "echo x | chpasswd"), by their first four letters in any case. It
// is asked of each word of a text, and a branch on letters would be mispredicted at every third word, so a table answers.
//
// Threads: pure functions. Cost: one load, a multiplication and a look into 512 bytes.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside {

[[nodiscard]] constexpr std::size_t hash_of_begin(std::string_view four) noexcept {
  std::array<char, 4> bytes{};
  std::copy_n(four.data(), bytes.size(), bytes.data());
  const auto letters = std::bit_cast<std::uint32_t>(bytes);
  return ((letters | 0x20202020U) * 0x9E3779B1U) >> 20U;
}

// Words of three letters have the blank or the tab after them.
inline constexpr auto kWordBeginnings = std::to_array<std::string_view>(
    {"bear", "basi", "pass",  "secr", "toke",  "cred", "cook", "auth", "key ", "key\t",
     "keys", "pwd ", "pwd\t", "psk ", "psk\t", "pin ", "otp ", "totp", "code", "requ",
     "mast", "bind", "root",  "echo", "prin",  "yes ", "env ", "arg ", "sete", "setx",
     "fast", "prox", "htpa",  "rabb", "vaul",  "mosq", "wpa_", "net ", "mc a", "mc c",
     "rclo", "smbc", "sqlp",  "snmp", "roco",  "rwco", "iden", "inse", "logi", "repl",
     "jwt ", "comm", "secu",  "clie", "puk ",  "cvv ", "cvc "});

inline constexpr std::array<std::uint64_t, 64> kWordBegins = [] {
  std::array<std::uint64_t, 64> bits{};
  for (const std::string_view word : kWordBeginnings) {
    const std::size_t hash = hash_of_begin(word);
    bits[hash / 64] |= std::uint64_t{1} << (hash % 64);
  }
  return bits;
}();

// Whether the word at `at` may begin like one of them. True for one other word in a hundred.
[[nodiscard]] inline bool may_begin_known_word(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < 4) {
    return false;
  }
  const std::size_t hash = hash_of_begin(text.substr(at, 4));
  return ((kWordBegins[hash / 64] >> (hash % 64)) & 1U) != 0;
}

}  // namespace ringside
