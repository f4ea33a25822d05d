// A key file that someone prints into a log is split into lines before anyone here sees it, and no
// single line of its body looks like a secret. So the source's stream is remembered from the BEGIN
// line on. A line that cannot be part of a key is shown as it is: several threads may write into
// one log.
#include "core/redact/secret_block.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>

#include "core/redact/secret_value.hpp"
#include "core/redact/text_class.hpp"

namespace ringside {
namespace {

constexpr std::string_view kHidden = "[redacted]";
constexpr unsigned kMaxQuotedLines = 8;
constexpr unsigned kMaxTripleQuotedLines = 64;
constexpr unsigned kMaxPuttyLines = 64;
constexpr std::size_t kMaxSeparators = 16;
constexpr std::size_t kMinKeyWord = 16;

[[nodiscard]] std::string_view without_blanks(std::string_view line) noexcept {
  while (!line.empty() && (is_blank(line.back()) || is_line_end(line.back()))) {
    line.remove_suffix(1);
  }
  while (!line.empty() && is_blank(line.front())) {
    line.remove_prefix(1);
  }
  return line;
}

[[nodiscard]] bool is_key_text(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_base64_char);
}

// "Proc-Type: 4,ENCRYPTED", "DEK-Info: ...", "Comment: ..."
[[nodiscard]] bool is_key_header(std::string_view line) noexcept {
  return line.starts_with("Proc-Type: ") || line.starts_with("DEK-Info: ") ||
         line.starts_with("Version: ") || line.starts_with("Comment: ") ||
         line.starts_with("Private-MAC: ");
}

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
  name = without_blanks(name.substr(indentation));
  if (name.starts_with("- ")) {
    name = without_blanks(name.substr(2));
  }
  while (name.size() > 1 && is_quote(name.front()) && name.back() == name.front()) {
    name = name.substr(1, name.size() - 2);
  }
  const bool is_name = !name.empty() && std::ranges::all_of(name, is_name_char);
  return is_name && names.is_secret(name) ? std::optional(indentation) : std::nullopt;
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
      text.find("PRIVATE KEY", begin) != std::string_view::npos &&
      text.find("END ", begin) == std::string_view::npos &&
      (text[begin - 1] == '-' || text[begin - 2] == '-')) {
    std::size_t dash = begin;
    while (dash > 0 && (text[dash - 1] == '-' || text[dash - 1] == ' ') && begin - dash < 5) {
      --dash;
    }
    block.indentation_ = dash - (text.substr(0, dash).rfind('\n') + 1);
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
  if (auto quote = open_quote(text, names)) {
    block.kind_ = Kind::kQuoted;
    block.n_lines_left_ = quote->closing.size() == 3 ? kMaxTripleQuotedLines : kMaxQuotedLines;
    block.closing_ = std::move(quote->closing);
    return block;
  }
  return std::nullopt;
}

bool SecretBlock::hide_in(std::string& text) {
  std::string out;
  bool changed = false;
  std::string_view rest = text;
  while (!has_ended_ && !rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string line(rest.substr(0, end));
    changed = hide_line(line) || changed;
    out += line;
    rest.remove_prefix(end);
    if (!rest.empty()) {
      out += '\n';
      rest.remove_prefix(1);
    }
  }
  out += rest;
  if (changed) {
    text = std::move(out);
  }
  has_ended_ = has_ended_ || ++n_texts_ >= kMaxTexts;
  return changed;
}

bool SecretBlock::hide_line(std::string& line) {
  switch (kind_) {
    case Kind::kKey:
    case Kind::kPuttyKey:
      return hide_key_line(line);
    case Kind::kIndented:
      return hide_indented_line(line);
    case Kind::kQuoted:
      return hide_quoted_line(line);
  }
  return false;
}

bool SecretBlock::hide_key_line(std::string& line) {
  const std::string_view content = without_blanks(line);
  if (content.empty()) {
    return false;
  }
  if (const std::size_t end = line.find("END ");
      end != std::string::npos && end > 0 && (line[end - 1] == '-' || line[end - 1] == ' ')) {
    has_ended_ = true;
    const std::size_t dash = line.find("----");
    const std::size_t last = line.find_last_of('-');
    if (dash == std::string::npos) {
      return false;
    }
    line.replace(dash, last + 1 - dash, kHidden);
    return true;
  }
  const bool is_putty = kind_ == Kind::kPuttyKey;
  if (is_putty && (n_lines_left_-- == 0 || !is_key_text(content))) {
    has_ended_ = true;
    return false;
  }
  if (is_key_text(content) || is_key_header(content)) {
    line = kHidden;
    n_misses_ = 0;
    return true;
  }
  // After a prefix that a logger puts before each line: the same as before BEGIN, or any other
  // before a long word.
  const std::size_t word = line.find_last_of(" \t") + 1;
  const std::string_view last = std::string_view(line).substr(word);
  if (is_key_text(last) && (last.size() >= kMinKeyWord || word == indentation_)) {
    line.replace(word, std::string::npos, kHidden);
    n_misses_ = 0;
    return true;
  }
  has_ended_ = ++n_misses_ >= kMaxMisses;
  return false;
}

bool SecretBlock::hide_indented_line(std::string& line) {
  const std::size_t content = line.find_first_not_of(" \t");
  if (content == std::string::npos) {
    return false;
  }
  if (content <= indentation_) {
    has_ended_ = true;
    return false;
  }
  line.replace(content, std::string::npos, kHidden);
  return true;
}

bool SecretBlock::hide_quoted_line(std::string& line) {
  const std::size_t end = line.find(closing_);
  if (end != std::string::npos) {
    has_ended_ = true;
  } else {
    has_ended_ = --n_lines_left_ == 0;
  }
  const std::size_t n = std::min(end, line.size());
  if (n == 0) {
    return false;
  }
  line.replace(0, n, kHidden);
  return true;
}

bool SecretBlocks::concerns(std::string_view source) {
  bool any = false;
  for (auto at = blocks_.begin(); at != blocks_.end();) {
    const bool is_of_source = at->stream.starts_with(source);
    if (is_of_source && ++at->age > kMaxAge) {
      at = blocks_.erase(at);
      continue;
    }
    any = any || is_of_source;
    ++at;
  }
  return any;
}

void SecretBlocks::forget(std::string_view source) noexcept {
  blocks_.remove_if([&](const Entry& entry) { return entry.stream.starts_with(source); });
}

void SecretBlocks::make_room() {
  std::unordered_map<std::string_view, std::size_t> n_blocks;
  for (const Entry& entry : blocks_) {
    ++n_blocks[entry.owner];
  }
  const auto most =
      std::ranges::max_element(n_blocks, {}, [](const auto& of_owner) { return of_owner.second; });
  const auto oldest = std::find_if(blocks_.rbegin(), blocks_.rend(), [&](const Entry& entry) {
    return n_blocks[entry.owner] == most->second;
  });
  blocks_.erase(std::prev(oldest.base()));
}

bool SecretBlocks::take(const SecretStream& stream, std::string& text, const SecretNames& names) {
  const auto found = std::ranges::find_if(
      blocks_, [&](const Entry& entry) { return entry.stream == stream.name; });
  if (found != blocks_.end()) {
    const bool changed = found->block.hide_in(text);
    if (found->block.has_ended()) {
      blocks_.erase(found);
    } else {
      return changed;
    }
    if (changed) {
      return true;
    }
  }
  if (auto block = SecretBlock::begun_by(text, names)) {
    if (blocks_.size() == kMaxStreams) {
      make_room();
    }
    blocks_.push_front({std::string(stream.owner), std::string(stream.name), std::move(*block)});
  }
  return false;
}

}  // namespace ringside
