// One UTF-8 decoder serves validation, repair and escaping, so that the three cannot disagree.
#include "core/base/text.hpp"

#include <fmt/format.h>
#include <charconv>
#include <cstdint>

#include "core/base/json_scan.hpp"

namespace ringside {
namespace {

struct Decoded {
  std::uint32_t code_point = 0;
  std::size_t length = 1;  // of the character, or of the ill-formed subsequence
  bool valid = false;
};

// Table 3-7 of the Unicode standard as code: the second byte's range depends on the first.
Decoded decode(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    return {first, 1, true};
  }
  std::size_t n = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  std::uint32_t code = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    n = 2;
    code = first & 0x1Fu;
  } else if (first >= 0xE0 && first <= 0xEF) {
    n = 3;
    code = first & 0x0Fu;
    low = first == 0xE0 ? 0xA0 : 0x80;
    high = first == 0xED ? 0x9F : 0xBF;
  } else if (first >= 0xF0 && first <= 0xF4) {
    n = 4;
    code = first & 0x07u;
    low = first == 0xF0 ? 0x90 : 0x80;
    high = first == 0xF4 ? 0x8F : 0xBF;
  } else {
    return {0, 1, false};
  }
  for (std::size_t i = 1; i < n; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) {
      return {0, i, false};
    }
    code = (code << 6u) | (byte(i) & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {code, n, true};
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_printed_as_is(std::uint32_t c) noexcept {
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) {
    return false;
  }
  // Bidirectional controls and line separators can make a log line read as another.
  return !(c >= 0x202A && c <= 0x202E) && !(c >= 0x2066 && c <= 0x2069) && c != 0x2028 &&
         c != 0x2029;
}

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      text.remove_prefix(1);
      continue;
    }
    const Decoded d = decode(text);
    if (!d.valid) {
      return false;
    }
    text.remove_prefix(d.length);
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded d = decode(text);
    out += d.valid ? text.substr(0, d.length) : kReplacement;
    text.remove_prefix(d.length);
  }
  return out;
}

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded d = decode(text);
    if (!d.valid) {
      out += kReplacement;
    } else if (is_printed_as_is(d.code_point)) {
      out += text.substr(0, d.length);
    } else if (d.code_point == '\n') {
      out += "\\n";
    } else if (d.code_point == '\t') {
      out += "\\t";
    } else if (d.code_point == '\r') {
      out += "\\r";
    } else if (d.code_point <= 0xFF) {
      out += fmt::format("\\x{:02x}", d.code_point);
    } else {
      out += fmt::format("\\u{:04x}", d.code_point);
    }
    text.remove_prefix(d.length);
  }
  return out;
}

std::string escape_json_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded d = decode(text);
    if (!d.valid) {
      out += kReplacement;
    } else if (is_printed_as_is(d.code_point)) {
      out += text.substr(0, d.length);
    } else {
      out += fmt::format("\\u{:04x}", d.code_point);
    }
    text.remove_prefix(d.length);
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* const begin = text.data();
  std::size_t clean = 0;  // start of the run that needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    i = static_cast<std::size_t>(skip_plain_text(begin + i, begin + text.size()) - begin);
    if (i == text.size()) {
      break;
    }
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    out += text.substr(clean, i - clean);
    clean = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out += text.substr(clean);
  out += '"';
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return pieces;
    }
    text.remove_prefix(at + 1);
  }
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) {
      return false;
    }
  }
  return true;
}

// Backtracks to the last star only, which is enough for globs and keeps the cost at |pattern| *
// |name| at worst.
bool glob_matches(std::string_view pattern, std::string_view name) noexcept {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == name[n] && pattern[p] != '*'))) {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

bool parse_u64(std::string_view text, std::size_t& out) noexcept {
  if (text.empty() || text.front() < '0' || text.front() > '9') {
    return false;
  }
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size();
}

}  // namespace ringside
