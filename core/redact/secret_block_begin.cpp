// How a text begins a secret that it does not end. Only its last line counts, but for the BEGIN of a key.
#include <algorithm>

#include "core/base/text.hpp"
#include "core/redact/secret_block.hpp"
#include "core/redact/secret_scanner.hpp"
#include "core/redact/secret_value.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr unsigned kMaxQuotedLines = 8;
constexpr unsigned kMaxTripleQuotedLines = 64;
constexpr unsigned kMaxPuttyLines = 64;
constexpr unsigned kMaxPairLines = 3;
constexpr std::size_t kMaxSeparators = 16;
constexpr std::size_t kMaxLabel = 64;

[[nodiscard]] std::string_view last_line(std::string_view text) noexcept {
  while (!text.empty() && (is_blank(text.back()) || is_line_end(text.back()))) {
    text.remove_suffix(1);
  }
  return text.substr(text.rfind('\n') + 1);
}

// "password: |", "- token: >-", "secret:" at the start of a line; the indentation of the name.
[[nodiscard]] std::optional<std::size_t> open_yaml(std::string_view line,
                                                   const SecretNames& names) noexcept {
  std::size_t end = line.size();
  while (end > 0 &&
         (is_ascii_digit(line[end - 1]) || line[end - 1] == '+' || line[end - 1] == '-')) {
    --end;
  }
  if (end > 0 && (line[end - 1] == '|' || line[end - 1] == '>')) {
    --end;
  }
  while (end > 0 && is_blank(line[end - 1])) {
    --end;
  }
  if (end == 0 || line[end - 1] != ':') {
    return std::nullopt;
  }
  std::string_view name = line.substr(0, end - 1);
  const std::size_t indentation = std::min(name.find_first_not_of(" \t"), name.size());
  name = trim(name.substr(indentation));
  if (name.starts_with("- ")) {
    name = trim(name.substr(2));
  }
  while (name.size() > 1 && is_quote(name.front()) && name.back() == name.front()) {
    name = name.substr(1, name.size() - 2);
  }
  const bool is_name = !name.empty() && std::ranges::all_of(name, is_name_char);
  return is_name && names.is_secret(name) ? std::optional(indentation) : std::nullopt;
}

// "- name: DB_PASSWORD" alone on a line: its value is on one of the next.
[[nodiscard]] bool names_pair(std::string_view line, const SecretNames& names) noexcept {
  constexpr std::string_view kAround = " \t\"',{-";
  const std::size_t separator = line.find_first_of(":=");
  const std::size_t begin = line.find_first_not_of(kAround);
  if (separator == std::string_view::npos || begin >= separator) {
    return false;
  }
  const std::size_t end = line.find_last_not_of(kAround, separator - 1) + 1;
  const std::size_t value = line.find_first_not_of(kAround, separator + 1);
  const std::size_t value_end = line.find_last_not_of(kAround) + 1;
  return value < value_end && begin < end && is_pair_name(line.substr(begin, end - begin)) &&
         std::all_of(line.begin() + static_cast<std::ptrdiff_t>(value),
                     line.begin() + static_cast<std::ptrdiff_t>(value_end), is_name_char) &&
         names.is_secret(line.substr(value, value_end - value));
}

// "- --password" or "\"--password\"," alone on a line: an item of a list of arguments.
[[nodiscard]] bool is_option_item(std::string_view line, const SecretNames& names) noexcept {
  const std::string_view item = trim(line);
  std::string_view option = item.starts_with("- ") ? trim(item.substr(2)) : item;
  constexpr std::string_view kAround = "\"'`,\\ ";
  option.remove_prefix(std::min(option.find_first_not_of(kAround), option.size()));
  option = option.substr(0, option.find_last_not_of(kAround) + 1);
  return option.size() != item.size() && option.starts_with("--") &&
         std::ranges::all_of(option, is_name_char) && names.is_secret(option.substr(2));
}

struct OpenQuote {
  std::string closing;
};

// A quoted value after a secret name that the text does not close.
[[nodiscard]] std::optional<OpenQuote> open_quote(std::string_view text, const SecretNames& names) {
  std::size_t at = text.size();
  for (std::size_t i = 0; i < kMaxSeparators; ++i) {
    at = at == 0 ? std::string_view::npos : text.find_last_of("=:", at - 1);
    if (at == std::string_view::npos) {
      return std::nullopt;
    }
    const std::size_t name_end =
        std::min(text.find_last_not_of(" \t\"'`", at == 0 ? 0 : at - 1) + 1, at);
    std::size_t begin = name_end;
    while (begin > 0 && is_name_char(text[begin - 1])) {
      --begin;
    }
    std::size_t quote = at + 1;
    while (quote < text.size() && is_blank(text[quote])) {
      ++quote;
    }
    if (quote >= text.size() || !is_quote(text[quote]) || begin == name_end ||
        !names.is_secret(text.substr(begin, name_end - begin))) {
      continue;
    }
    if (find_value(text, at + 1, {}).end < text.size()) {
      return std::nullopt;
    }
    const bool is_triple = text.substr(quote, 3) == std::string(3, text[quote]);
    return OpenQuote{std::string(is_triple ? 3 : 1, text[quote])};
  }
  return std::nullopt;
}

}  // namespace

std::optional<SecretBlock> SecretBlock::begun_by(std::string_view text, const SecretNames& names) {
  SecretBlock block;
  const std::size_t begin = text.rfind("BEGIN ");
  if (begin != std::string_view::npos && begin >= 4 &&
      is_private_label(text.substr(begin, kMaxLabel)) &&
      text.find("END ", begin) == std::string_view::npos &&
      (text[begin - 1] == '-' || text[begin - 2] == '-')) {
    std::size_t dash = begin;
    while (dash > 0 && (text[dash - 1] == '-' || text[dash - 1] == ' ') && begin - dash < 5) {
      --dash;
    }
    const std::size_t line = text.substr(0, dash).rfind('\n') + 1;
    block.prefix_ = shape_of_prefix(text.substr(line), dash - line);
    return block;
  }
  const std::string_view line = last_line(text);
  if (const auto lines = line.rfind("Private-Lines: "); lines != std::string_view::npos) {
    block.kind_ = Kind::kPuttyKey;
    block.n_lines_left_ = kMaxPuttyLines;
    return block;
  }
  if (const auto indentation = open_yaml(line, names)) {
    block.kind_ = Kind::kIndented;
    block.indentation_ = *indentation;
    return block;
  }
  if (names_pair(line, names) || is_option_item(line, names)) {
    block.kind_ = names_pair(line, names) ? Kind::kPair : Kind::kOption;
    block.n_lines_left_ = block.kind_ == Kind::kPair ? kMaxPairLines : 1;
    return block;
  }
  if (auto quote = open_quote(text, names)) {
    block.kind_ = Kind::kQuoted;
    block.n_lines_left_ = quote->closing.size() == 3 ? kMaxTripleQuotedLines : kMaxQuotedLines;
    block.closing_ = std::move(quote->closing);
    return block;
  }
  return std::nullopt;
}

}  // namespace ringside
