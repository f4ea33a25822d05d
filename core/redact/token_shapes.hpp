#pragma once
// Credentials that are recognised by how they look, wherever they are: the tokens of GitHub,
// GitLab, Slack, Stripe, Google, AWS, npm, PyPI and others, which carry a prefix so that scanners
// can find them; and the base64 of "user:password".
//
// Threads: pure functions.
// Source: the formats that the issuers document for secret scanning; docs/redaction.md has the list.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside {

// The shortest run of letters, digits, '_' and '-' that a token can be part of.
inline constexpr std::size_t kMinTokenRun = 20;

struct ShapeMatch {
  std::size_t begin = 0;
  std::size_t end = 0;  // equal to begin: no match
  [[nodiscard]] bool found() const noexcept { return end > begin; }
};

// For each first byte of a prefix, the second bytes that follow it. Prefixes are of ASCII.
extern const std::array<std::array<std::uint64_t, 2>, 256> kTokenBegins;

// A hash of three bytes; and the hashes of those that tokens begin with.
[[nodiscard]] constexpr std::size_t hash_of_three(std::string_view three) noexcept {
  std::array<char, 4> all{};
  std::copy_n(three.data(), 3, all.data());
  const auto bytes = std::bit_cast<std::uint32_t>(all);
  return (bytes * 0x9E3779B1U) >> 19U;
}
extern const std::array<std::uint64_t, 128> kTokenThrees;

// Whether the three bytes at `at` may begin a token: nearly every word fails here.
[[nodiscard]] inline bool may_begin_token(std::string_view text, std::size_t at) noexcept {
  if (at + 2 >= text.size()) {
    return false;
  }
  // One branch for both: each alone would be mispredicted at every tenth word.
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const std::uint64_t begins =
      kTokenBegins[static_cast<unsigned char>(text[at])][(second / 64U) % 2U] >> (second % 64U);
  const std::size_t hash = hash_of_three(text.substr(at, 3));
  return (begins & (kTokenThrees[hash / 64U] >> (hash % 64U)) & 1U) != 0;
}

// Looks for a token that begins at `at`, which is the start of a word.
//   Cost: a look at the first bytes; linear in the length of a token that is found.
[[nodiscard]] ShapeMatch match_token(std::string_view text, std::size_t at) noexcept;

// Looks for a key of Mailchimp that ends at `end`, the end of a run.
//   Cost: a look at two bytes, nearly always.
[[nodiscard]] ShapeMatch match_mailchimp(std::string_view text, std::size_t end) noexcept;

// Whether `text` is the base64 of printable text with a colon in it, as in "Basic dXNlcjpwdw==".
//   Cost: linear, and it stops at the first byte that is not printable.
[[nodiscard]] bool is_basic_credentials(std::string_view text) noexcept;

}  // namespace ringside
