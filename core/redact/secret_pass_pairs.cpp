// Secrets whose name and value are two values next to each other: "name": "DB_PASSWORD", "value": "hunter2", in JSON, YAML
// and XML, tuples of Python and Rust, PHP's serialized arrays.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxName = 128;

// The elements of a property list that have a value: <key>password</key><string>x</string>.
[[nodiscard]] bool is_value_element(std::string_view name) noexcept {
  return is_pair_value(name) || equals_ignoring_case(name, "string") ||
         equals_ignoring_case(name, "data") || equals_ignoring_case(name, "integer");
}

}  // namespace

// <password>hunter2</password>
std::size_t SecretPass::element(std::size_t i) {
  if (peek(i + 1) == '<' && (i == 0 || text_[i - 1] != '<')) {
    return here_input(i);
  }
  if (peek(i + 1) == '-') {  // R: password <- "hunter2"
    const Name name = name_before(i);
    const std::size_t quote = skip(i + 2, is_blank);
    return quote < text_.size() && is_quote(text_[quote]) &&
                   s_.names_.is_secret(part(name.begin, name.end))
               ? value_of(name, quote, NameVerdict::kSecret)
               : i;
  }
  const std::size_t name_end = skip(i + 1, [](char c) { return is_name_char(c) || c == ':'; });
  const char after = peek(name_end);
  const std::string_view name = part(std::min(i + 1, name_end), name_end);
  if (after == '>' && looks_secret(name)) {  // token <hunter2>
    const Name owner = name_before(i);
    if (s_.names_.is_secret(part(owner.begin, owner.end))) {
      return take(i + 1, name_end);
    }
  }
  if (name.empty() || (after != '>' && !is_blank(after))) {
    return i;
  }
  if (equals_ignoring_case(name, "input")) {
    return password_field(name_end);
  }
  const NameVerdict verdict = s_.names_.look_up(name);
  if (verdict == NameVerdict::kHarmless) {
    return after == '>' && is_pair_name(name) ? element_pair(name_end) : i;
  }
  const ValueSpan value = find_element_text(text_, name_end);
  if (value.end == value.begin || part(value.begin, value.end) == "[redacted]" ||
      (verdict == NameVerdict::kIfPin && !is_pin(part(value.begin, value.end)))) {
    return i;
  }
  return take(value.begin, value.end);
}

// <input type="password" value="hunter2">. `i` follows "input".
std::size_t SecretPass::password_field(std::size_t i) {
  constexpr std::size_t kMaxTag = 512;
  const std::string_view tag = part(i, ringside::skip(text_.substr(0, i + kMaxTag), i,
                                                      [](char c) { return c != '>' && c != '<'; }));
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"type=\"password\"", "type='password'", "type=password", "type=\\\"password"});
  const bool is_password = std::ranges::any_of(
      kTypes, [&](std::string_view type) { return tag.find(type) != std::string_view::npos; });
  const std::size_t value_at = tag.find(" value=");
  if (!is_password || value_at == std::string_view::npos) {
    return i;
  }
  ValueSpan value = find_value(tag, value_at + 7, {});
  while (value.end > value.begin && tag[value.end - 1] == '/') {
    --value.end;
  }
  return value.end > value.begin ? take(i + value.begin, i + value.end) : i;
}

// &lt;password&gt;hunter2&lt;/password&gt;: XML that was escaped to be text. `i` at the '&'.
std::size_t SecretPass::escaped_element(std::size_t i) {
  constexpr std::string_view kLess = "&lt;";
  if (!text_.substr(i).starts_with(kLess)) {
    return i;
  }
  const std::size_t name_begin = i + kLess.size();
  const std::size_t name_end = skip(name_begin, [](char c) { return is_name_char(c) || c == ':'; });
  const std::size_t close = text_.substr(0, name_end + kMaxPairGap).find("&gt;", name_end);
  const bool is_tag = peek(name_end) == '&' || is_blank(peek(name_end));
  if (close == text_.npos || !is_tag || peek(close - 1) == '/' ||
      !s_.names_.is_secret(part(name_begin, name_end))) {
    return i;
  }
  const std::size_t begin = close + 4;
  return take(begin, std::min(text_.find('&', begin), text_.size()));
}

// <name>DB_PASSWORD</name><value>hunter2</value>: the value is in one of the next elements. `i` is at the end of the
// first one's tag.
std::size_t SecretPass::element_pair(std::size_t i) {
  constexpr int kMaxElements = 3;
  const ValueSpan label = find_element_text(text_.substr(0, i + kMaxPairGap), i);
  const std::string_view text = trim(part(label.begin, label.end));
  if (text.empty() || text.size() > kMaxName || text.find_first_of(" \n") != text.npos ||
      !s_.names_.is_secret(text)) {
    return i;
  }
  std::size_t at = label.end;
  for (int n = 0; n < kMaxElements; ++n) {
    const std::string_view near = text_.substr(0, at + kMaxPairGap);
    at = near.find('<', at);
    while (at != near.npos && near.substr(at).starts_with("</")) {
      at = near.find('<', at + 1);
    }
    if (at == near.npos) {
      return i;
    }
    const std::size_t name_end = skip(at + 1, is_name_char);
    if (is_value_element(part(at + 1, name_end))) {
      const ValueSpan value = find_element_text(text_, name_end);
      if (value.end > value.begin) {
        return take(value.begin, value.end);
      }
    }
    at = name_end;
  }
  return i;
}

// ('X-Api-Key', 'hunter2'), also alone on a line. `i` at the quote of the value.
std::size_t SecretPass::tuple(std::size_t i) {
  constexpr std::size_t kMaxBlanks = 4;
  std::size_t end = i;
  while (end > 0 && i - end < kMaxBlanks && text_[end - 1] == ' ') {
    --end;
  }
  if (end < 4 || text_[end - 1] != ',' || !is_quote(text_[end - 2])) {
    return i;
  }
  const char quote = text_[end - 2];
  const std::size_t name_end = end - 2;
  std::size_t begin = name_end;
  while (begin > 0 && name_end - begin < kMaxName && is_name_char(text_[begin - 1])) {
    --begin;
  }
  if (begin == 0 || text_[begin - 1] != quote || !s_.names_.is_secret(part(begin, name_end))) {
    return i;
  }
  std::size_t open = begin - 1;
  while (open > 0 && begin - open < kMaxBlanks && text_[open - 1] == ' ') {
    --open;
  }
  const char before = open == 0 ? '\n' : text_[open - 1];
  const ValueSpan value = find_value(text_, i, {});
  const char after = peek(skip(value.end + 1, is_blank));
  const bool is_pair = (before == '(' || before == '[' || is_line_end(before)) &&
                       (after == ')' || after == ']' || is_line_end(after) || after == '\0' ||
                        (after == ',' && part(0, open).ends_with("etenv(")));
  return is_pair && looks_made(part(value.begin, value.end)) ? take(value.begin, value.end) : i;
}

// s:8:"password";s:7:"hunter2"; `i` at the last colon before the value, `length` the number before it.
std::size_t SecretPass::serialized_value(Name length, std::size_t i) {
  const auto begin_of_string = [&](Name n) {
    return n.begin >= 2 && text_[n.begin - 1] == ':' && text_[n.begin - 2] == 's' &&
                   std::ranges::all_of(part(n.begin, n.end), is_ascii_digit)
               ? n.begin - 2
               : 0;
  };
  const std::size_t begin = begin_of_string(length);
  if (begin < 3 || text_[begin - 1] != ';' || text_[begin - 2] != '"') {
    return i;
  }
  std::size_t name = begin - 2;
  while (name > 0 && begin - name < kMaxName && is_name_char(text_[name - 1])) {
    --name;
  }
  if (name == 0 || text_[name - 1] != '"' || !s_.names_.is_secret(part(name, begin - 2))) {
    return i;
  }
  return take(i + 2, std::min(text_.find("\";", i + 2), text_.size()));
}

// "name": "DB_PASSWORD", "value": "hunter2", in JSON, YAML and XML, and with the value first. `i` is
// the separator after "name".
std::size_t SecretPass::pair(std::size_t i) {
  const ValueSpan label = find_value(text_.substr(0, i + kMaxPairGap), i + 1, {});
  const std::string_view text = part(label.begin, label.end);
  if (text.empty() || text.find_first_of(" \n") != std::string_view::npos ||
      !s_.names_.is_secret(text)) {
    return i;
  }
  if (const std::size_t end = pair_value_after(label.end, label.begin); end != 0) {
    return end;
  }
  is_open_ = is_open_ || text_.find_first_not_of(" \t\r\n\"',", label.end) == text_.npos;
  const bool value_is_before =
      last_value_name_ != std::string_view::npos && i - last_value_name_ < 2 * kMaxPairGap &&
      part(last_value_.end, i).find_first_of("{}<>") == std::string_view::npos;
  if (value_is_before && last_value_.end > last_value_.begin && last_value_.end <= i) {
    take(last_value_.begin, last_value_.end);
  }
  return i;
}

// Hides the value that follows a pair's name; 0 when there is none near.
std::size_t SecretPass::pair_value_after(std::size_t i, std::size_t name_begin) {
  const std::size_t end = std::min(text_.size(), i + kMaxPairGap);
  for (std::size_t at = i; at < end; ++at) {
    const char c = text_[at];
    if (c == '{' || c == '}' || c == '<') {
      return 0;
    }
    if (c == '\n') {  // a form in several parts: its value follows an empty line
      const std::size_t empty = skip(at + 1, [](char b) { return b == '\r'; });
      if (peek(empty) == '\n') {
        return take(empty + 1, std::min(text_.find_first_of("\r\n", empty + 1), text_.size()));
      }
    }
    if (c == '>') {  // <property name="password">hunter2</property>
      const std::size_t first = skip(at + 1, [](char b) { return is_blank(b) || is_line_end(b); });
      const std::size_t name_end = skip(first + 1, is_name_char);
      if (peek(first) == '<' && is_value_element(part(first + 1, name_end))) {
        const ValueSpan value = find_element_text(text_, name_end);
        return value.end > value.begin ? take(value.begin, value.end) : 0;
      }
      return take(at + 1, std::min(text_.find('<', at), text_.size()));
    }
    if (c != ':' && c != '=') {
      continue;
    }
    const Name name = name_before(at);
    if (name.begin >= i && is_pair_value(part(name.begin, name.end))) {
      const ValueSpan value = find_value(text_, at + 1, {.name_begin = name_begin});
      return value.end > value.begin ? take(value.begin, value.end) : 0;
    }
    if (name.begin >= i && is_pair_name(part(name.begin, name.end))) {
      return 0;  // the next pair
    }
  }
  return 0;
}

}  // namespace ringside
