// Names are asked for once for each member of each event, so the common answer, no, comes from the
// pair of its first and last letter; only the rest is normalised into a buffer and looked up.
#include "core/redact/secret_names.hpp"

#include <algorithm>
#include <array>

namespace ringside {
namespace {

constexpr std::size_t kMaxNameBytes = 64;

[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_ignored(char c) noexcept { return c == '-' || c == '_'; }

// Characters that are no letters share the last number.
[[nodiscard]] constexpr std::size_t letter_number(char c) noexcept {
  const char l = lower(c);
  return l >= 'a' && l <= 'z' ? static_cast<std::size_t>(l - 'a') : 26;
}
[[nodiscard]] constexpr std::uint32_t letter_bit(char c) noexcept {
  return std::uint32_t{1} << letter_number(c);
}

struct Normalised {
  std::array<char, kMaxNameBytes> bytes;
  std::size_t n = 0;
  [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), n}; }
};

// The last kMaxNameBytes characters that count; false when there are more.
[[nodiscard]] bool normalise(std::string_view name, Normalised& out) noexcept {
  out.n = 0;
  for (const char c : name) {
    if (is_ignored(c)) {
      continue;
    }
    if (out.n == kMaxNameBytes) {
      return false;
    }
    out.bytes[out.n++] = lower(c);
  }
  return true;
}

}  // namespace

SecretNames::SecretNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    Normalised normalised;
    if (normalise(name, normalised) && normalised.n != 0) {
      names_.emplace_back(normalised.view());
    }
  }
  std::ranges::sort(names_);
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  shortest_ = names_.empty() ? 0 : kMaxNameBytes;
  for (const std::string& name : names_) {
    shortest_ = std::min(shortest_, name.size());
    longest_ = std::max(longest_, name.size());
    last_letters_of_[letter_number(name.front())] |= letter_bit(name.back());
    last_letters_ |= letter_bit(name.back());
  }
}

bool SecretNames::contains(std::string_view name) const noexcept {
  while (!name.empty() && is_ignored(name.front())) {
    name.remove_prefix(1);
  }
  while (!name.empty() && is_ignored(name.back())) {
    name.remove_suffix(1);
  }
  if (name.size() < shortest_ || name.empty() ||
      (last_letters_of_[letter_number(name.front())] & letter_bit(name.back())) == 0) {
    return false;
  }
  Normalised normalised;
  return normalise(name, normalised) && std::ranges::binary_search(names_, normalised.view());
}

bool SecretNames::ends_in_one(std::string_view name) const noexcept {
  while (!name.empty() && is_ignored(name.back())) {
    name.remove_suffix(1);
  }
  if (name.size() < shortest_ || name.empty() || (last_letters_ & letter_bit(name.back())) == 0) {
    return false;
  }
  Normalised normalised;
  while (!normalise(name, normalised)) {
    name.remove_prefix(name.size() - kMaxNameBytes);
  }
  return std::ranges::any_of(
      names_, [&](const std::string& secret) { return normalised.view().ends_with(secret); });
}

}  // namespace ringside
