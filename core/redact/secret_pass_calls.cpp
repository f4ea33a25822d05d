// Secrets in brackets, as languages print values, and in calls.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/password_hashes.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxOwnerGap = 96;  // bytes between a bracket and a member after it
constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxArgument = 256;

// What a type that wraps a secret calls its member: Token(value='x'), Secret { inner: "x" }, ApiKey { key: "x" }.
constexpr auto kInnerNames = std::to_array<std::string_view>(
    {"value", "val", "v", "_value", "data", "content", "raw", "text", "plain", "plaintext", "inner",
     "key", "string", "str", "secret_value", "0"});

[[nodiscard]] constexpr char closing_of(char open) noexcept {
  return open == '(' ? ')' : open == '[' ? ']' : '}';
}
}  // namespace

// password(hunter2), Password[hunter2], [["X-Api-Key","hunter2"]]. `i` at the bracket.
std::size_t SecretPass::bracket(std::size_t i) {
  if (!is_word_char(peek(i + 1))) {
    if (const std::size_t end = listed_pair(i); end != i) {
      return end;
    }
  }
  if (i == 0 || !is_word_char(text_[i - 1])) {
    return i;
  }
  const std::size_t begin = i + 1;
  std::size_t end = begin;
  while (end - begin < kMaxArgument && peek(end) > ' ' && !is_quote(peek(end)) &&
         peek(end) != ')' && peek(end) != ']') {
    ++end;
  }
  if (peek(end) != closing_of(text_[i]) || !looks_secret(part(begin, end))) {
    return i;
  }
  const Name name = name_before(i);
  return name.end == i && s_.names_.is_secret(part(name.begin, name.end)) ? take(begin, end) : i;
}

// {password,"hunter2"} and {<<"password">>,<<"hunter2">>} of Erlang, {SSHA}... of LDAP. `i` at the brace.
std::size_t SecretPass::brace(std::size_t i) {
  if (s_.patterns_.token) {
    if (const ShapeMatch match = match_ldap_hash(text_, i); match.found()) {
      return take(match, i);
    }
  }
  return s_.patterns_.assignment ? listed_pair(i) : i;
}

// A name and a value that a comma separates, alone in brackets. `i` at the opening one.
std::size_t SecretPass::listed_pair(std::size_t i) {
  const bool is_brace = text_[i] == '{';
  std::size_t at = skip(i + 1, is_blank);
  const bool is_binary = text_.substr(std::min(at, text_.size())).starts_with("<<");
  at += is_binary ? 2U : 0U;
  at += is_brace && peek(at) == ':' ? 1U : 0U;
  const std::size_t quote = quote_length(text_, at);
  const std::size_t name_begin = at + quote;
  std::size_t name_end = name_begin;
  while (is_name_char(peek(name_end)) && name_end - name_begin < kMaxName) {
    ++name_end;
  }
  if (name_end == name_begin || (quote == 0 && !is_brace) ||
      (quote != 0 && quote_length(text_, name_end) != quote)) {
    return i;
  }
  at = name_end + quote + (is_binary ? 2U : 0U);
  at = skip(at, is_blank);
  if (peek(at) != ',' || !s_.names_.is_secret(part(name_begin, name_end))) {
    return i;
  }
  at = skip(at + 1, is_blank);
  const bool is_binary_value = text_.substr(std::min(at, text_.size())).starts_with("<<");
  at += is_binary_value ? 2U : 0U;
  const std::size_t value_quote = quote_length(text_, at);
  ValueSpan value{at, ringside::skip(text_.substr(0, at + kMaxArgument), at, is_name_char)};
  if (value_quote != 0) {
    value = find_value(text_.substr(0, at + kMaxArgument), at, {.name_begin = name_begin});
  }
  const std::size_t close = skip(value.end + value_quote + (is_binary_value ? 2U : 0U), is_blank);
  const bool is_atom = quote == 0 || is_binary;  // no list of words looks like this
  if (value.end <= value.begin || peek(close) != closing_of(text_[i]) ||
      !(looks_made(part(value.begin, value.end)) || (is_atom && value_quote != 0))) {
    return i;
  }
  return take(value.begin, value.end);
}

// Token(value='hunter2'), ApiKey { key: "hunter2" }. `name` is of the member, `i` at its separator.
std::size_t SecretPass::owned_value(Name name, std::size_t i) {
  const std::string_view member = part(name.begin, name.end);
  if (!is_one_of_ignoring_case(kInnerNames, member)) {
    return i;
  }
  std::size_t open = name.begin;
  while (open > 0 && name.begin - open < kMaxOwnerGap) {
    const char c = text_[open - 1];
    if (c == '<') {  // <password value="hunter2"/>
      const std::size_t owner = skip(open, [](char b) { return is_name_char(b) || b == ':'; });
      const ValueSpan attribute = find_value(text_.substr(0, i + kMaxArgument), i + 1, {});
      return is_blank(peek(owner)) && text_[i] == '=' && s_.names_.is_secret(part(open, owner))
                 ? take(attribute.begin, attribute.end)
                 : i;
    }
    if (c == '(' || c == '{' || c == '[') {
      break;
    }
    if (c == ')' || c == '>' || c == '}' || c == ']' || c == ';' || is_line_end(c)) {
      return i;
    }
    --open;
  }
  if (open == 0 || name.begin - open >= kMaxOwnerGap) {
    return i;
  }
  std::size_t owner_end = open - 1;
  owner_end -= owner_end > 0 && text_[open - 1] == '{' && text_[owner_end - 1] == ' ' ? 1U : 0U;
  const Name owner = name_before(owner_end);
  if (owner.end != owner_end || !s_.names_.is_secret(part(owner.begin, owner.end))) {
    return i;
  }
  const ValueSpan value =
      find_value(text_.substr(0, i + kMaxArgument), i + 1, {.name_begin = name.begin});
  std::string_view text = part(value.begin, value.end);
  while (!text.empty() && (text.back() == ')' || text.back() == '}' || text.back() == ']')) {
    text.remove_suffix(1);
  }
  return looks_secret(text) ? take(value.begin, value.begin + text.size()) : i;
}

// login("bob", "hunter2"), new NetworkCredential("bob", "hunter2"): `i` at the quote of the first argument, `name` of the function.
std::size_t SecretPass::login_call(std::size_t i, Name name) {
  constexpr auto kCalls = std::to_array<std::string_view>(
      {"login", "auth", "authenticate", "basicauth", "basic_auth", "httpbasicauth",
       "httpdigestauth", "withbasicauth", "setbasicauth", "networkcredential", "pscredential",
       "passwordauthentication", "usernamepasswordcredentials",
       "usernamepasswordauthenticationtoken"});
  std::string_view function = part(name.begin, name.end);
  function.remove_prefix(function.rfind('.') + 1);
  const bool is_tuple = name.begin == name.end && (part(0, name.end).ends_with("auth=") ||
                                                   part(0, name.end).ends_with("auth = "));
  if (!is_tuple && !is_one_of_ignoring_case(kCalls, function)) {
    return i;
  }
  const ValueSpan user = find_value(text_.substr(0, i + kMaxArgument), i, {});
  std::size_t at = skip(user.end + quote_length(text_, user.end), is_blank);
  if (peek(at) != ',') {
    return i;
  }
  at = skip(at + 1, is_blank);
  if (quote_length(text_, at) == 0) {
    return i;
  }
  const ValueSpan password = find_value(text_.substr(0, at + kMaxArgument), at, {});
  return password.end > password.begin ? take(password.begin, password.end) : i;
}

}  // namespace ringside
