// Decoded as it is read and not stored: the first byte that cannot be of a name or a password ends it.
#include <cstddef>
#include <string_view>

#include "core/redact/text_class.hpp"
#include "core/redact/token_shapes.hpp"

namespace ringside {
namespace {

[[nodiscard]] constexpr int base64_value(char c) noexcept {
  return is_ascii_upper(c)      ? c - 'A'
         : is_ascii_lower(c)    ? c - 'a' + 26
         : is_ascii_digit(c)    ? c - '0' + 52
         : c == '+' || c == '-' ? 62
         : c == '/' || c == '_' ? 63
                                : -1;
}

}  // namespace

bool is_basic_credentials(std::string_view text) noexcept {
  while (!text.empty() && text.back() == '=') {
    text.remove_suffix(1);
  }
  bool has_colon = false;
  unsigned bits = 0;
  unsigned n_bits = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) {
      return false;
    }
    bits = (bits << 6U) | static_cast<unsigned>(value);
    n_bits += 6;
    if (n_bits >= 8) {
      n_bits -= 8;
      const unsigned byte = (bits >> n_bits) & 0xFFU;
      if (byte < 0x20 || byte == 0x7F) {
        return false;
      }
      has_colon = has_colon || byte == ':';
    }
  }
  return has_colon && text.size() >= 6;
}

}  // namespace ringside
