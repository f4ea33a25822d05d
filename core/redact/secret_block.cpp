// A key file that someone prints into a log is split into lines before anyone here sees it, and no
// single line of its body looks like a secret. So the source's stream is remembered from the BEGIN
// line on. A line that cannot be part of a key is shown as it is: several threads may write into
// one log.
#include "core/redact/secret_block.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/redact/secret_scanner.hpp"
#include "core/redact/secret_value.hpp"
#include "core/redact/text_class.hpp"

namespace ringside {
namespace {

constexpr std::string_view kHidden = "[redacted]";
constexpr std::size_t kMinKeyWord = 16;

[[nodiscard]] bool is_key_text(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_base64_char);
}

// The last word of a line, without what source code and lists put around it: "MIIE...\n" +
[[nodiscard]] TextSpan last_word(std::string_view line) noexcept {
  constexpr std::string_view kAround = "\"'`,;()[]<>|\\";
  std::size_t end = line.size();
  for (;;) {
    const std::string_view before = line.substr(0, end);
    if (before.ends_with("\\n") || before.ends_with("\\r") || before.ends_with(" +")) {
      end -= 2;
    } else if (!before.empty() && (is_blank(before.back()) || is_line_end(before.back()) ||
                                   kAround.find(before.back()) != std::string_view::npos)) {
      --end;
    } else {
      break;
    }
  }
  std::size_t begin = line.substr(0, end).find_last_of(" \t") + 1;
  while (begin < end && kAround.find(line[begin]) != std::string_view::npos) {
    ++begin;
  }
  return {begin, end};
}

// "Proc-Type: 4,ENCRYPTED", "DEK-Info: ...", "Comment: ..."
[[nodiscard]] bool is_key_header(std::string_view line) noexcept {
  return line.starts_with("Proc-Type: ") || line.starts_with("DEK-Info: ") ||
         line.starts_with("Version: ") || line.starts_with("Comment: ") ||
         line.starts_with("Private-MAC: ");
}

}  // namespace

std::string SecretBlock::shape_of_prefix(std::string_view line, std::size_t end) {
  constexpr std::size_t kMaxPrefix = 256;
  std::string shape;
  for (const char c : line.substr(0, std::min(end, kMaxPrefix))) {
    if (!is_ascii_digit(c)) {
      shape += c;
    } else if (!shape.ends_with('0')) {
      shape += '0';
    }
  }
  return shape;
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
    case Kind::kPair:
    case Kind::kOption:
      return hide_next_value(line);
  }
  return false;
}

bool SecretBlock::hide_key_line(std::string& line) {
  const std::string_view content = trim(line);
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
  const TextSpan word = last_word(line);
  const std::string_view last = std::string_view(line).substr(word.begin, word.end - word.begin);
  if (is_key_text(last) &&
      (last.size() >= kMinKeyWord || shape_of_prefix(line, word.begin) == prefix_)) {
    line.replace(word.begin, word.end - word.begin, kHidden);
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

// The line after "- name: DB_PASSWORD", or after "--password" in a list of arguments.
bool SecretBlock::hide_next_value(std::string& line) {
  const std::string_view text = line;
  has_ended_ = --n_lines_left_ == 0;
  if (kind_ == Kind::kOption) {
    const TextSpan word = last_word(text);
    std::size_t begin = text.find_first_not_of(" \t");
    begin = text.substr(std::min(begin, text.size())).starts_with("- ")
                ? text.find_first_not_of(" \t", begin + 2)
                : begin;
    if (word.begin >= word.end || text[word.begin] == '-' ||
        text.find_first_not_of("\"'`", begin) != word.begin) {
      return false;  // more than one word: not an argument
    }
    line.replace(word.begin, word.end - word.begin, kHidden);
    return true;
  }
  const std::size_t separator = text.find_first_of(":=");
  if (separator == std::string_view::npos) {
    return false;
  }
  const std::size_t end = std::min(text.find_last_not_of(" \t\"'", separator - 1) + 1, separator);
  std::size_t begin = end;
  while (begin > 0 && is_name_char(text[begin - 1])) {
    --begin;
  }
  if (!is_pair_value(text.substr(begin, end - begin))) {
    return false;
  }
  has_ended_ = true;
  const ValueSpan value = find_value(text, separator + 1, {});
  if (value.end <= value.begin) {
    return false;
  }
  line.replace(value.begin, value.end - value.begin, kHidden);
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

bool SecretBlocks::is_in_quotes(std::string_view stream) const noexcept {
  return std::ranges::any_of(blocks_, [&](const Entry& entry) {
    return entry.stream == stream && entry.block.is_quoted();
  });
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
