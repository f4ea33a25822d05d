// Secrets in the options of programs: those whose name says so, and those of one letter that only a table knows.
#include <algorithm>

#include "core/base/text.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxNameLookBack = 128;

[[nodiscard]] constexpr bool ends_argument(char c) noexcept {
  return is_blank(c) || is_line_end(c) || is_quote(c) || c == '\0' || c == ',' || c == ']' ||
         c == ')' || c == '\\';
}

// A quote before it ends a text more likely than it begins one.
[[nodiscard]] constexpr bool follows_closing_quote(char c) noexcept {
  return is_blank(c) || is_line_end(c) || c == '\0' || c == ',' || c == ':' || c == ')' ||
         c == ']' || c == '}';
}

}  // namespace

// --password hunter2, -storepass hunter2, and both as printed from a list: "--password", "hunter2".
std::size_t SecretPass::option(std::size_t i) {
  if (!starts_word(i) || (i > 0 && text_[i - 1] == '-')) {
    return i;
  }
  if (peek(i + 1) != '-') {
    if (const std::size_t end = tool_option(i); end != i) {
      return end;
    }
  }
  const std::size_t name_begin = skip(i, [](char c) { return c == '-'; });
  std::size_t name_end = name_begin;
  while (is_name_char(peek(name_end)) && name_end - i < kMaxNameLookBack) {
    ++name_end;
  }
  if (name_end == name_begin) {
    return std::max(i, name_begin - 1);
  }
  const std::size_t quote = quote_length(text_, name_end);
  std::size_t after = name_end + quote;
  if (quote != 0 && peek(after) == ',') {
    ++after;
  }
  std::size_t value = skip(after, [](char c) { return is_blank(c) || c == '\0' || c == '\n'; });
  if (part(value, std::min(value + 2, text_.size())) == "- " &&
      part(after, value).find('\n') != std::string_view::npos) {  // an item of YAML
    value = skip(value + 2, is_blank);
  }
  is_open_ = is_open_ || (name_begin - i == 2 && s_.names_.is_secret(part(name_begin, name_end)) &&
                          text_.find_first_not_of(" \t\r\n\"'`,\\", name_end) == text_.npos);
  if (value == name_end || value == text_.size() ||
      (value == after && quote != 0 && text_[after - 1] != ',') ||
      text_[value + std::min(quote_length(text_, value), text_.size() - value - 1)] == '-') {
    return i;
  }
  const NameVerdict verdict = s_.names_.look_up(part(name_begin, name_end));
  return verdict == NameVerdict::kHarmless ? i : value_of({name_begin, name_end}, value, verdict);
}

// curl -u user:password
bool SecretPass::is_user_option(std::size_t user_begin) const noexcept {
  std::size_t end = user_begin;
  while (end > 0 && user_begin - end < 4 &&
         (text_[end - 1] == ' ' || text_[end - 1] == '=' || is_quote(text_[end - 1]) ||
          text_[end - 1] == ',')) {
    --end;
  }
  return end != user_begin && std::ranges::any_of(kUserOptions, [&](std::string_view name) {
           const std::string_view before = text_.substr(0, end);
           return before.ends_with(name) &&
                  (before.size() == name.size() ||
                   !is_name_char(before[before.size() - name.size() - 1]));
         });
}

// The program that the options at `i` belong to. Each byte is looked at once, and only where options are.
const Tool* SecretPass::tool_before(std::size_t i) noexcept {
  while (tool_known_to_ < i) {
    const std::size_t begin = tool_known_to_;
    const char c = text_[begin];
    if ((c == '\n' && (begin == 0 || text_[begin - 1] != '\\')) || c == ';' || c == '|' ||
        c == '&') {
      tool_ = nullptr;
    }
    const auto ends = [](char b) {
      return ends_argument(b) || b == '[' || b == '(' || b == '=' || b == ';' || b == '|' ||
             b == '&';
    };
    const std::size_t end = std::min(skip(begin, [&](char b) { return !ends(b); }), i);
    if (end == begin) {
      ++tool_known_to_;
      continue;
    }
    if (const Tool* const found = find_tool(part(begin, end)); found != nullptr) {
      tool_ = found;
    }
    tool_known_to_ = end;
  }
  return tool_;
}

// Hides the password of user:password.
std::size_t SecretPass::user_password(ValueSpan value, std::size_t otherwise) {
  const std::size_t password = password_of_user(part(value.begin, value.end));
  return password == 0 ? otherwise : take(value.begin + password, value.end);
}

// mysql -phunter2, sshpass -p hunter2, curl -ubob:hunter2, xfreerdp /p:hunter2. `i` at the dash or slash, which begins a word.
std::size_t SecretPass::tool_option(std::size_t i) {
  if (!is_ascii_letter(peek(i + 1))) {
    return i;
  }
  const Tool* const tool = tool_before(i);
  if (tool == nullptr) {
    return i;
  }
  const std::size_t end = skip(i, [](char c) { return !ends_argument(c); });
  ToolOption found = match_tool_option(*tool, part(i, end));
  if (found.where == ToolOption::Where::kHere) {
    const ValueSpan value{i + found.begin, end};
    return found.is_user ? user_password(value, i) : take(value.begin, value.end);
  }
  const bool is_element = i > 0 && is_quote(text_[i - 1]);  // '-p', 'x'
  const std::size_t quote = is_element ? 0 : quote_length(text_, end);
  if (quote != 0 && found.where == ToolOption::Where::kNowhere) {
    found = match_tool_option(*tool, part(i, end + 1));  // mysql -p'x', where -p alone has no value
  }
  if (found.where == ToolOption::Where::kNowhere) {
    return i;
  }
  std::size_t at = end;
  if (quote == 0) {
    at = skip(at, [](char c) { return is_quote(c) || c == '\\'; });
    at = skip(at, [](char c) { return c == ','; });
    at = skip(at, [](char c) { return is_blank(c) || c == '\0'; });
    if (at == end || at == text_.size() || peek(at + quote_length(text_, at)) == '-') {
      return i;
    }
  } else if (follows_closing_quote(peek(end + quote))) {  // sh -c "mysql -p"
    return i;
  }
  const ValueSpan value =
      quote_length(text_, at) != 0
          ? find_value(text_, at, {.name_begin = i + 1})
          : ValueSpan{at, skip(at, [](char c) {
                        return !is_blank(c) && !is_line_end(c) && !is_quote(c) && c != '\0';
                      })};
  return found.is_user ? user_password(value, i) : take(value.begin, value.end);
}

}  // namespace ringside
