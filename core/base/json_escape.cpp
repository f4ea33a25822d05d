// An unpaired surrogate is what programs with UTF-16 strings write when they cut a text in the
// middle of a character. Raw bytes that are not UTF-8 become U+FFFD; so do these.
#include "core/base/json_escape.hpp"

#include <algorithm>
#include <cstdint>

namespace ringside {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::size_t kEscapeBytes = 6;  // \uXXXX

[[nodiscard]] int hex_digit(char c) noexcept {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

// The code unit of an escape at the start of `text`; nothing when there is none.
[[nodiscard]] std::optional<std::uint32_t> code_unit(std::string_view text) noexcept {
  if (text.size() < kEscapeBytes || text[0] != '\\' || text[1] != 'u') {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  for (std::size_t i = 2; i < kEscapeBytes; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) {
      return std::nullopt;
    }
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

[[nodiscard]] constexpr bool is_high(std::uint32_t unit) noexcept {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
[[nodiscard]] constexpr bool is_low(std::uint32_t unit) noexcept {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((c >> shift) & 0x3FU));
  };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0U | (c >> 6U));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0U | (c >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (c >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Appends the character of the escape at the start of `text`. Returns its length.
std::size_t append_unicode_escape(std::string& out, std::string_view text) {
  const std::uint32_t first = code_unit(text).value_or(0xFFFD);
  if (is_high(first)) {
    const auto second = code_unit(text.substr(std::min(kEscapeBytes, text.size())));
    if (second && is_low(*second)) {
      append_utf8(out, 0x10000 + ((first - 0xD800) << 10U) + (*second - 0xDC00));
      return 2 * kEscapeBytes;
    }
  }
  append_utf8(out, is_high(first) || is_low(first) ? 0xFFFD : first);
  return std::min(kEscapeBytes, text.size());
}

}  // namespace

void unescape_json(std::string_view raw, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    switch (raw[i + 1]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u':
        i += append_unicode_escape(out, raw.substr(i)) - 2;
        break;
      default:
        out += raw[i + 1];
        break;
    }
    ++i;
  }
}

std::string without_ascii_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto unit = text[i] == '\\' ? code_unit(text.substr(i)) : std::nullopt;
    if (unit && *unit > 0x20 && *unit < 0x7F && *unit != '"' && *unit != '\\') {
      out.resize(out.find_last_not_of('\\') + 1);  // of JSON that was escaped again
      out += static_cast<char>(*unit);
      i += kEscapeBytes - 1;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<std::string> repaired_json(std::string_view text) {
  const bool has_mark = text.starts_with(kBom);
  if (has_mark) {
    text.remove_prefix(kBom.size());
  }
  std::string out;
  std::size_t n_copied = 0;
  for (std::size_t i = text.find('\\'); i < text.size(); i = text.find('\\', i)) {
    const auto unit = code_unit(text.substr(i));
    if (!unit || (!is_high(*unit) && !is_low(*unit))) {
      i += 2;  // the escaped character may be a backslash itself
      continue;
    }
    const auto next = code_unit(text.substr(i + kEscapeBytes));
    if (is_high(*unit) && next && is_low(*next)) {
      i += 2 * kEscapeBytes;
      continue;
    }
    out += text.substr(n_copied, i - n_copied);
    out += "\\ufffd";
    i += kEscapeBytes;
    n_copied = i;
  }
  if (n_copied == 0 && !has_mark) {
    return std::nullopt;
  }
  out += text.substr(n_copied);
  return out;
}

}  // namespace ringside
