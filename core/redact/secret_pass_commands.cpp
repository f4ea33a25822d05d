// Words that mean something in the files and protocols of some programs: ENV of a Dockerfile, proxy_set_header of nginx, PASS of FTP.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/bare_secret.hpp"
#include "core/redact/positional.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

// Instructions whose first argument is a name and whose second is its value.
constexpr auto kDirectives = std::to_array<std::string_view>(
    {"ENV", "ARG", "env", "setenv", "setx", "SetEnv", "fastcgi_param", "proxy_set_header",
     "requirepass", "masterauth", "bindpw", "rootpw", "rocommunity", "rwcommunity"});
// Those that have no name as argument: the word itself is one.
constexpr auto kOwnNames = std::to_array<std::string_view>(
    {"requirepass", "masterauth", "bindpw", "rootpw", "rocommunity", "rwcommunity"});

[[nodiscard]] constexpr bool ends_argument(char c) noexcept {
  return is_blank(c) || is_line_end(c) || is_quote(c) || c == '\0';
}

// "your code", "your Example code", but not "your exit code".
[[nodiscard]] bool is_code_of_reader(std::string_view before) noexcept {
  constexpr auto kOthers =
      std::to_array<std::string_view>({"exit", "error", "status", "return", "response", "http",
                                       "country", "area", "zip", "postal", "reason", "postcode"});
  before = trim(before);
  const std::string_view last = before.substr(before.rfind(' ') + 1);
  if (equals_ignoring_case(last, "your")) {
    return true;
  }
  before = trim(before.substr(0, before.size() - last.size()));
  return before.size() >= 4 && equals_ignoring_case(before.substr(before.size() - 4), "your") &&
         !is_one_of_ignoring_case(kOthers, last);
}

}  // namespace

// `i` where a word begins that begins like one of kWordBeginnings.
std::size_t SecretPass::known_word(std::size_t i) {
  const std::size_t end = skip(i, is_word_char);
  const std::string_view word = part(i, end);
  if (!is_blank(peek(end))) {
    return equals_ignoring_case(word, "code") ? code_before(i) : i;
  }
  if (!starts_word(i)) {
    return spoken(i);
  }
  const auto is = [&](std::string_view other) { return equals_ignoring_case(word, other); };
  switch (word[0] | 0x20) {
    case 'a':
    case 'l':
      return word == "AUTH" || word == "LOGIN" ? protocol_word(i, end) : other_word(i, end);
    case 'b': {
      const std::size_t found = scheme(i);
      return found != i ? found : other_word(i, end);
    }
    case 'c':
      if (is("cvv") || is("cvc")) {  // CVV 471
        const std::size_t digit = skip(end, is_blank);
        const std::size_t after = skip(digit, is_ascii_digit);
        return (after - digit == 3 || after - digit == 4) && !is_name_char(peek(after))
                   ? take(digit, after)
                   : i;
      }
      return is("code") ? spoken_code(i, end) : is("community") ? network_word(i, end) : spoken(i);
    case 'e':
    case 'y':
      return word == "echo" || word == "yes" ? piped(i, end) : other_word(i, end);
    case 'i':
      return is("identified") ? identified(i, end) : is("insert") ? inserted(i, end) : i;
    case 'k': {
      const std::size_t found = network_word(i, end);
      return found != i ? found : spoken(i);
    }
    case 'p': {
      if (word == "PASS") {
        return protocol_word(i, end);
      }
      const std::size_t found = word == "printf"     ? piped(i, end)
                                : word == "PASSWORD" ? password_for(i, end)
                                                     : i;
      return found != i ? found : other_word(i, end);
    }
    case 'r':
      return is("replace") ? inserted(i, end) : other_word(i, end);
    default:
      return other_word(i, end);
  }
}

// An instruction, a program with a secret as argument, or the name of a secret.
std::size_t SecretPass::other_word(std::size_t i, std::size_t word_end) {
  const std::string_view word = part(i, word_end);
  if (std::ranges::find(kDirectives, word) != kDirectives.end()) {
    if (const std::size_t found = directive(i, word_end); found != i) {
      return found;
    }
  }
  const ValueSpan argument = find_positional(text_, word, word_end);
  return argument.end > argument.begin ? take(argument.begin, argument.end) : spoken(i);
}

// ENV DB_PASSWORD hunter2, and requirepass hunter2.
std::size_t SecretPass::directive(std::size_t i, std::size_t word_end) {
  const std::string_view word = part(i, word_end);
  Name name{i, word_end};
  NameVerdict verdict = NameVerdict::kSecret;
  if (std::ranges::find(kOwnNames, word) == kOwnNames.end()) {
    name.begin = skip(word_end, is_blank);
    name.end = skip(name.begin, is_name_char);
    verdict = s_.names_.look_up(part(name.begin, name.end));
    if (verdict == NameVerdict::kHarmless || !is_blank(peek(name.end))) {
      return i;
    }
  }
  const std::size_t at = skip(name.end, is_blank);
  if (peek(at) == '=' || peek(at) == ':' || peek(at) == '$') {
    return i;
  }
  const ValueSpan value =
      find_value(text_, at,
                 {.name_begin = name.begin,
                  .unless_number = verdict == NameVerdict::kUnlessNumber,
                  .unless_directory = verdict == NameVerdict::kUnlessDirectory});
  std::string_view text = part(value.begin, value.end);
  while (text.ends_with(';')) {
    text.remove_suffix(1);
  }
  // "env DB_PASSWORD mentioned" and "requirepass option is" could be prose.
  const std::size_t after = skip(value.end, is_blank);
  const bool is_own_name = name.begin == i;
  const bool is_certain = is_own_name ? after == text_.size() || is_line_end(text_[after])
                                      : word != "env" && word != "ARG";
  return !text.empty() &&
                 (is_certain || is_placed_secret(text) || (!is_own_name && looks_made(text))) &&
                 (verdict != NameVerdict::kIfPin || is_pin(text))
             ? take(value.begin, value.begin + text.size())
             : i;
}

// "security code 471193", "your code is 471193", "use code 471193 to log in": `i` at "code".
std::size_t SecretPass::spoken_code(std::size_t i, std::size_t word_end) {
  constexpr std::size_t kMaxBefore = 32;
  const Name name = name_before(word_end);
  const auto longer = longer_name(name);
  const std::string_view before = part(i - std::min(i, kMaxBefore), i);
  const std::size_t first = skip(word_end, is_blank);
  const std::size_t value = after_verbs(first);
  const std::string_view after = text_.substr(code_end(text_, value));
  const bool is_used = after.starts_with(" to log ") || after.starts_with(" to sign ") ||
                       after.starts_with(" to verify ") || after.starts_with(" to confirm ");
  if (longer || s_.names_.is_secret(part(name.begin, name.end)) || is_used ||
      (value != first && is_code_of_reader(before))) {
    if (const std::size_t end = code_end(text_, value); end != value) {
      return take(value, end);
    }
  }
  return code_before(i);
}

// snmp-server community hunter2 RO, radius-server key 0 hunter2: of routers and switches. `i` at "community" or "key".
std::size_t SecretPass::network_word(std::size_t i, std::size_t word_end) {
  constexpr auto kBefore =
      std::to_array<std::string_view>({"snmp-server", "snmp", "radius-server", "tacacs-server",
                                       "isakmp", "pre-shared-key", "ikev1", "ikev2"});
  const Name before = name_before(i);
  if (!is_one_of_ignoring_case(kBefore, part(before.begin, before.end))) {
    return i;
  }
  std::size_t value = skip(word_end, is_blank);
  if (is_ascii_digit(peek(value)) && is_blank(peek(value + 1))) {
    value = skip(value + 1, is_blank);
  }
  const std::size_t end = skip(value, [](char c) { return !ends_argument(c); });
  return end > value && !is_statement(part(value, end)) ? take(value, end) : i;
}

// "471193 is your login code"
std::size_t SecretPass::code_before(std::size_t i) {
  constexpr std::size_t kMaxBefore = 64;
  constexpr std::string_view kIsYour = " is your ";
  const std::string_view before = part(i - std::min(i, kMaxBefore), i);
  const std::size_t is = before.rfind(kIsYour);
  if (is == before.npos) {
    return i;
  }
  const std::size_t end = i - before.size() + is;
  std::size_t begin = end;
  while (begin > 0 && end - begin < kMaxBefore && is_ascii_digit(text_[begin - 1])) {
    --begin;
  }
  if (begin < end && code_end(text_, begin) == end && starts_word(begin)) {
    take(begin, end);
  }
  return i;
}

// PASS hunter2 of FTP, POP3 and IRC, AUTH PLAIN base64 of SMTP, AUTH hunter2 of Redis, LOGIN bob hunter2 of IMAP.
std::size_t SecretPass::protocol_word(std::size_t i, std::size_t word_end) {
  const auto argument = [&](std::size_t at) {
    const std::size_t blank = skip(at + quote_length(text_, at), is_blank);
    const std::size_t begin = blank + quote_length(text_, blank);
    return ValueSpan{begin, skip(begin, [](char c) { return !ends_argument(c); })};
  };
  const std::string_view word = part(i, word_end);
  auto [value, end] = argument(word_end);
  const std::string_view first = part(value, end);
  if (word == "LOGIN" || first == "PLAIN" || first == "LOGIN" ||
      (word == "AUTH" && first == "default")) {
    const ValueSpan second = argument(end);
    value = second.begin;
    end = second.end;
  }
  const std::size_t after = end + quote_length(text_, end);
  const bool is_last = after >= text_.size() || is_line_end(text_[after]);
  const bool is_encoded = first == "PLAIN" || first == "LOGIN";
  return is_last && end > value &&
                 (is_encoded
                      ? is_basic_credentials(part(value, end)) || is_placed_secret(part(value, end))
                      : is_placed_secret(part(value, end)))
             ? take(value, end)
             : spoken(i);
}

}  // namespace ringside
