// Loggers color names and quote values for people, so a name and its value are seldom next to each
// other byte for byte.
#include "core/redact/text_marks.hpp"

#include <array>

namespace ringside {
namespace {

constexpr std::string_view kHardBlank = "\xC2\xA0";
constexpr std::size_t kMaxColor = 24;
constexpr auto kKeyFiles = std::to_array<std::string_view>(
    {"pem", "key", "crt", "cer", "der", "p12", "pfx", "jks", "json", "txt", "pub", "gpg", "asc",
     "yaml", "yml", "toml", "ini", "env"});

[[nodiscard]] constexpr bool is_color_char(char c) noexcept {
  return is_ascii_digit(c) || c == ';';
}

}  // namespace

bool is_key_file(std::string_view text) noexcept {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || text.find('/') == std::string_view::npos ||
      !(text.starts_with('/') || text.starts_with("./") || text.starts_with("~/") ||
        text.starts_with("file:"))) {
    return false;
  }
  const std::string_view end = text.substr(dot + 1);
  return std::ranges::any_of(kKeyFiles, [&](std::string_view known) { return end == known; });
}

std::size_t after_annotation(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kMaxAnnotation = 48;
  constexpr int kMaxAnnotations = 3;
  constexpr std::string_view kType = "string ";
  const auto is_inside = [](char c) {
    return is_name_char(c) || c == '*' || c == '&' || c == '=' || c == '[' || c == ']' || c == ' ';
  };
  std::size_t i = at;
  for (int n = 0; n < kMaxAnnotations; ++n) {
    if (peek(text, i) == '(') {
      const std::size_t close = skip(text.substr(0, i + kMaxAnnotation), i + 1, is_inside);
      if (peek(text, close) != ')') {
        break;
      }
      i = skip(text, close + 1, is_blank);
    } else if (text.substr(std::min(i, text.size())).starts_with(kType)) {
      i += kType.size();
    }
  }
  if (i == at) {
    return at;
  }
  if (peek(text, i) == '(' && is_quote(peek(text, i + 1))) {
    return i + 1;
  }
  return is_quote(peek(text, i)) ? i : at;
}

std::size_t after_marks(std::string_view text, std::size_t at) noexcept {
  for (;;) {
    const std::string_view rest = text.substr(std::min(at, text.size()));
    if (rest.starts_with(kHardBlank)) {
      at += kHardBlank.size();
    } else if (rest.starts_with("\x1b[")) {
      const std::size_t end = skip(text, at + 2, is_color_char);
      if (peek(text, end) != 'm') {
        return at;
      }
      at = end + 1;
    } else {
      return at;
    }
  }
}

std::size_t before_marks(std::string_view text, std::size_t end) noexcept {
  for (;;) {
    const std::string_view before = text.substr(0, end);
    if (before.empty() || (before.back() != kHardBlank.back() && before.back() != 'm')) {
      return end;
    }
    if (before.ends_with(kHardBlank)) {
      end -= kHardBlank.size();
    } else if (before.ends_with('m')) {
      std::size_t begin = end - 1;
      while (begin > 0 && end - begin < kMaxColor && is_color_char(text[begin - 1])) {
        --begin;
      }
      if (!text.substr(0, begin).ends_with("\x1b[")) {
        return end;
      }
      end = begin - 2;
    } else {
      return end;
    }
  }
}

std::size_t quote_length(std::string_view text, std::size_t at) noexcept {
  const std::size_t quote = skip(text, at, [](char c) { return c == '\\'; });
  if (is_quote(peek(text, quote))) {
    return quote + 1 - at;
  }
  if (peek(text, at) != '&' && peek(text, at) != '%') {
    return 0;
  }
  for (const std::string_view encoded : {"&quot;", "&#34;", "&#39;", "&apos;", "%22", "%27"}) {
    if (text.substr(std::min(at, text.size())).starts_with(encoded)) {
      return encoded.size();
    }
  }
  return 0;
}

std::string_view encoded_quote_before(std::string_view text) noexcept {
  const char last = text.empty() ? '\0' : text.back();
  if (last != ';' && last != '2' && last != '7' && last != 'D') {
    return {};
  }
  for (const std::string_view quote : {"&quot;", "&#34;", "&#39;", "&apos;", "%22", "%27", "%5D"}) {
    if (text.ends_with(quote)) {
      return quote;
    }
  }
  return {};
}

}  // namespace ringside
