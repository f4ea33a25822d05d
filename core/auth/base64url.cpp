// OpenSSL's EVP_DecodeBlock knows the other alphabet, wants padding and skips white space; a token
// may have none of that.
#include "core/auth/base64url.hpp"

#include <cstdint>

namespace ringside {
namespace {

int digit_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) {
    return std::nullopt;
  }
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int n_bits = 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) {
      return std::nullopt;
    }
    bits = (bits << 6u) | static_cast<std::uint32_t>(digit);
    n_bits += 6;
    if (n_bits >= 8) {
      n_bits -= 8;
      out += static_cast<char>((bits >> static_cast<unsigned>(n_bits)) & 0xFFu);
    }
  }
  return out;
}

std::string encode_base64url(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  unsigned n_bits = 0;
  for (const char c : bytes) {
    bits = ((bits << 8U) | static_cast<unsigned char>(c)) & 0xFFFFU;
    n_bits += 8;
    for (; n_bits >= 6; n_bits -= 6) {
      out += kDigits[(bits >> (n_bits - 6)) & 63U];
    }
  }
  if (n_bits != 0) {
    out += kDigits[(bits << (6 - n_bits)) & 63U];
  }
  return out;
}

}  // namespace ringside
