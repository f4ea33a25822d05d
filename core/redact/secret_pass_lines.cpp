// Values that are on a later line than their names, in one text: what programs show and ask for is written for people, in lines. In
// files, a line that follows a name often is the next name, so a line counts only where it is one word.
#include <algorithm>

#include "core/redact/bare_secret.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxLineLook = 160;
constexpr std::size_t kMinValue = 4;

// Past the end of the line at `i`; `i` when something else follows on the line.
[[nodiscard]] std::size_t after_line_end(std::string_view text, std::size_t i) noexcept {
  const std::size_t end = skip(text, i, is_blank);
  const std::size_t line = end + (peek(text, end) == '\r' ? 1U : 0U);
  return peek(text, line) == '\n' ? line + 1 : i;
}

// The only word of the line at `at`, without its quotes; empty when there are several, or it is a name, an item or a bracket.
[[nodiscard]] ValueSpan only_word(std::string_view text, std::size_t at) noexcept {
  const std::string_view near = text.substr(0, at + kMaxLineLook);
  std::size_t begin = skip(near, at, is_blank);
  std::size_t end = skip(near, begin, [](char c) { return !is_blank(c) && !is_line_end(c); });
  const std::size_t after = skip(near, end, is_blank);
  if (after < text.size() && !is_line_end(peek(near, after))) {
    return {at, at};
  }
  while (end > begin + 1 && (text[end - 1] == ',' || text[end - 1] == ';')) {
    --end;
  }
  if (end - begin > 2 && is_quote(text[begin]) && text[end - 1] == text[begin]) {
    return {begin + 1, end - 1};
  }
  const std::size_t name = skip(text, begin, is_name_char);
  const bool is_pair = (peek(text, name) == '=' || peek(text, name) == ':') && name + 2 < end;
  const bool is_other =
      begin == end ||
      std::string_view("-[]{}()<>#/=:|*").find(text[begin]) != std::string_view::npos ||
      text[end - 1] == ':' ||
      std::none_of(text.begin() + static_cast<std::ptrdiff_t>(begin),
                   text.begin() + static_cast<std::ptrdiff_t>(end), is_alphanumeric);
  return is_pair || is_other ? ValueSpan{at, at} : ValueSpan{begin, end};
}

}  // namespace

// "password:" and on the next line the value, at most one empty line between. `after` follows the separator.
std::size_t SecretPass::next_line_value(Name name, std::size_t after, NameVerdict verdict) {
  const std::size_t sign = skip(after, [](char c) { return c == '=' || c == '>'; });
  std::size_t at = after_line_end(text_, sign);
  if (at == sign) {
    return after;
  }
  at = after_line_end(text_, at);
  const ValueSpan word = only_word(text_, at);
  const ValueSpan value =
      word.end == word.begin
          ? word
          : find_value(text_, word.begin,
                       {.name_begin = name.begin,
                        .unless_number = verdict == NameVerdict::kUnlessNumber,
                        .unless_directory = verdict == NameVerdict::kUnlessDirectory});
  if (value.end <= value.begin || word.end - word.begin < kMinValue ||
      (verdict == NameVerdict::kIfPin && !is_pin(part(word.begin, word.end)))) {
    return after;
  }
  const std::size_t line = text_.substr(0, name.begin).find_last_not_of(" \t\"'");
  const bool name_is_alone = line == text_.npos || is_line_end(text_[line]);
  return name_is_alone || is_placed_secret(part(word.begin, word.end)) ? take(word.begin, word.end)
                                                                       : after;
}

// A name, a line end, and a separator that begins its line: "password", "=", "x". `i` at the separator.
std::size_t SecretPass::separator_alone(std::size_t i) {
  constexpr std::size_t kMaxGap = 16;
  std::size_t end = i;
  bool has_line_end = false;
  while (end > 0 && i - end < kMaxGap &&
         (is_blank(text_[end - 1]) || is_line_end(text_[end - 1]))) {
    --end;
    has_line_end = has_line_end || text_[end] == '\n';
  }
  if (!has_line_end || end == 0) {
    return i;
  }
  const Name name = name_before(end);
  const NameVerdict verdict = s_.names_.look_up(part(name.begin, name.end));
  return verdict == NameVerdict::kHarmless ? i : std::max(i, value_of(name, i + 1, verdict) - 1);
}

// "Please use the following password to log in:" and on the next line a word that looks like one. `i` at the colon.
std::size_t SecretPass::value_of_sentence(std::size_t i) {
  constexpr std::string_view kGenerated =
      "password is generated for ";  // MySQL, with a password of any signs
  std::size_t at = after_line_end(text_, i + 1);
  if (at == i + 1) {
    const std::size_t blank = part(i - std::min(i, kMaxLineLook), i).rfind(' ');
    const std::size_t user = i - std::min(i, kMaxLineLook) + blank + 1;
    const std::size_t first = skip(i + 1, is_blank);
    return blank != std::string_view::npos && first > i + 1 && part(0, user).ends_with(kGenerated)
               ? take(first, skip(first, [](char c) { return !is_blank(c) && !is_line_end(c); }))
               : i;
  }
  at = after_line_end(text_, at);
  const ValueSpan value = only_word(text_, at);
  if (value.end == value.begin || !is_placed_secret(part(value.begin, value.end))) {
    return i;
  }
  for (std::size_t end = i; end > 0 && i - end < kMaxLineLook && !is_line_end(text_[end - 1]);) {
    const Name word = name_before(end);
    if (word.begin < word.end &&
        (s_.names_.is_secret(part(word.begin, word.end)) || longer_name(word))) {
      return take(value.begin, value.end);
    }
    end = word.begin < end ? word.begin : end - 1;
    end -= word.begin == word.end && end > 0 ? 1U : 0U;
  }
  return i;
}

// A separator after a name that says nothing: the line that it is in may. `i` at the separator.
std::size_t SecretPass::value_by_line(std::size_t i) {
  if (text_[i] != ':') {
    return i;
  }
  const bool may_be_port = peek(i + 1) == '*' || is_ascii_digit(peek(i + 1));
  return may_be_port ? password_file_line(i) : value_of_sentence(i);
}

// host:5432:database:user:hunter2 of ~/.pgpass, at the end of its line. `i` at the first colon.
std::size_t SecretPass::password_file_line(std::size_t i) {
  constexpr std::size_t kMaxField = 64;
  constexpr std::size_t kMinPort = 4;
  constexpr std::size_t kMaxPort = 5;
  const auto is_field_char = [](char c) { return is_name_char(c) || c == '*' || c == '@'; };
  std::size_t begin = i;
  while (begin > 0 && i - begin < kMaxField && is_field_char(text_[begin - 1])) {
    --begin;
  }
  if (begin == i || (begin > 0 && !is_line_end(text_[begin - 1]) && !is_blank(text_[begin - 1]))) {
    return i;
  }
  const std::string_view near = text_.substr(0, i + 4 * kMaxField);
  const std::size_t port_end = ringside::skip(near, i + 1, is_ascii_digit);
  const std::size_t n_digits = port_end - i - 1;
  const std::size_t database = (peek(i + 1) == '*' ? i + 2 : port_end) + 1;
  const std::size_t user = ringside::skip(near, database, is_field_char) + 1;
  const std::size_t password = ringside::skip(near, user, is_field_char) + 1;
  const auto begins_name = [&](std::size_t at) {
    return is_ascii_letter(peek(at)) || peek(at) == '_' || peek(at) == '*';
  };
  const bool is_port = peek(i + 1) == '*' || (n_digits >= kMinPort && n_digits <= kMaxPort);
  if (!is_port || peek(database - 1) != ':' || peek(user - 1) != ':' || peek(password - 1) != ':' ||
      !begins_name(database) || !begins_name(user) ||
      (std::ranges::all_of(part(begin, i), is_hex_digit) &&
       std::ranges::all_of(part(database, user - 1), is_hex_digit))) {  // an address of IPv6
    return i;
  }
  const std::size_t end =
      ringside::skip(near, password, [](char c) { return !is_blank(c) && !is_line_end(c); });
  return end > password && (end == text_.size() || is_line_end(peek(end))) ? take(password, end)
                                                                           : i;
}

}  // namespace ringside
