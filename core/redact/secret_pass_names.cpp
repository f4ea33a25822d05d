// Secrets that are recognized by the name before them. The name decides (SecretNames); here is only where
// names are found in a text and what may be between a name and its value.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/bare_secret.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxNameLookBack = 128;
constexpr std::size_t kMaxBetween = 32;  // quotes and blanks between a name and its separator
constexpr std::size_t kMinSignature = 16;
constexpr std::size_t kMaxIdentifiedBy = 64;
constexpr std::size_t kMaxCredentials = 1024;

// Names whose value is the rest of the line: several words, or several pairs.
constexpr auto kWholeLine = std::to_array<std::string_view>(
    {"authorization", "cookie", "pgpass", "passphrase", "mnemonic", "seed_phrase"});
// Words after which a quoted word is a password: PASSWORD 'x', IDENTIFIED BY 'x'.
constexpr auto kPasswordWords = std::to_array<std::string_view>(
    {"password", "passwd", "passphrase", "securestring", "securestring -string", "identified by"});
// Last words of names that prose writes apart: "API key: x", "the password is: x".
constexpr auto kSpokenEnds = std::to_array<std::string_view>(
    {"key", "keys", "code", "codes", "answer", "phrase", "passe", "secret", "pin"});
// Names in the query of a URL that are secret where the value looks like a token.
constexpr auto kQueryNames = std::to_array<std::string_view>({"code", "key", "auth"});
// What prose puts between a name and its value.
constexpr auto kVerbs = std::to_array<std::string_view>({"is", "was", "eq", "equals", "to"});

[[nodiscard]] constexpr bool is_beyond_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x80;
}

[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view word) noexcept {
  for (std::size_t i = 0; i + word.size() <= text.size(); ++i) {
    if (equals_ignoring_case(text.substr(i, word.size()), word)) {
      return true;
    }
  }
  return false;
}

[[nodiscard]] constexpr bool is_query_value_char(char c) noexcept {
  return is_base64url_char(c) || c == '.' || c == '~' || c == '%' || c == '+' || c == '/';
}

// Signatures that grant access to what a URL names: Azure's "sig", and those of AWS and Google.
[[nodiscard]] bool is_signature_name(std::string_view name) noexcept {
  return name == "sig" || equals_ignoring_case(name, "x-amz-signature") ||
         equals_ignoring_case(name, "x-goog-signature") ||
         equals_ignoring_case(name, "x-amz-credential") || name == "Signature";
}

}  // namespace

// The name that ends before `i`, which may be in quotes of any kind, in brackets (user[password]), or colored.
SecretPass::Name SecretPass::name_before(std::size_t i) const noexcept {
  std::size_t end = i;
  while (end > 0 && i - end < kMaxBetween) {
    if (const std::size_t unmarked = before_marks(text_, end); unmarked != end) {
      end = unmarked;
      continue;
    }
    const char c = text_[end - 1];
    if (is_blank(c) || is_quote(c) || c == '\\' || c == ']' || c == ')') {
      --end;
    } else if (const auto quote = encoded_quote_before(text_.substr(0, end)); !quote.empty()) {
      end -= quote.size();
    } else if (part(0, end).ends_with("\">>")) {  // <<"password">> of Erlang
      end -= 2;
    } else {
      break;
    }
  }
  std::size_t begin = end;
  while (begin > 0 && end - begin < kMaxNameLookBack && is_name_char(text_[begin - 1])) {
    --begin;
  }
  return {begin, end};
}

// Hides the value after `after`, if there is one to hide. Returns where to continue.
std::size_t SecretPass::value_of(Name name, std::size_t after, NameVerdict verdict) {
  const ValueSpan value = find_value(
      text_, after,
      {.name_begin = name.begin,
       .whole_line = ends_in_one_of_ignoring_case(kWholeLine, part(name.begin, name.end)),
       .unless_number = verdict == NameVerdict::kUnlessNumber,
       .unless_directory = verdict == NameVerdict::kUnlessDirectory});
  if (verdict == NameVerdict::kIfPin) {
    const std::size_t end = code_end(text_, value.begin);
    return value.end <= value.begin         ? next_line_value(name, after, verdict)
           : is_pin(part(value.begin, end)) ? take(value.begin, end)
                                            : after;
  }
  if (value.end > value.begin) {
    return take(value.begin, value.end);
  }
  if (const std::size_t end = next_line_value(name, after, verdict); end != after) {
    return end;
  }
  is_open_ = is_open_ ||
             text_.find_first_not_of(" \t\r\n|>+-0123456789=", after) == std::string_view::npos;
  return after;
}

// A name of which only the last word is next to the separator: "Secret Access Key", "password is",
// or one with letters that are not ASCII. Nothing when there is none that is secret.
std::optional<SecretPass::Name> SecretPass::longer_name(Name name) const noexcept {
  if (name.begin > 0 && is_beyond_ascii(text_[name.begin - 1])) {
    Name whole = name;
    while (whole.begin > 0 && whole.end - whole.begin < kMaxNameLookBack &&
           (is_beyond_ascii(text_[whole.begin - 1]) || is_name_char(text_[whole.begin - 1]))) {
      --whole.begin;
    }
    return s_.names_.is_secret(part(whole.begin, whole.end)) ? std::optional(whole) : std::nullopt;
  }
  const auto word_before = [&](std::size_t at) {
    return at >= 2 && text_[at - 1] == ' ' && is_name_char(text_[at - 2])
               ? std::optional(name_before(at - 1))
               : std::nullopt;
  };
  const auto before = word_before(name.begin);
  if (before && std::ranges::all_of(part(name.begin, name.end), is_ascii_digit)) {  // Unseal Key 1
    return is_one_of_ignoring_case(kSpokenEnds, part(before->begin, before->end))
               ? longer_name(*before)
               : std::nullopt;
  }
  constexpr int kMaxOwnerWords = 3;
  auto preposition = before;  // password for bob, password for the user bob
  for (int n = 1; n < kMaxOwnerWords && preposition &&
                  !equals_ignoring_case(part(preposition->begin, preposition->end), "for");
       ++n) {
    preposition = word_before(preposition->begin);
  }
  if (preposition && equals_ignoring_case(part(preposition->begin, preposition->end), "for")) {
    const auto owned = word_before(preposition->begin);
    return owned && s_.names_.is_secret(part(owned->begin, owned->end)) ? owned : std::nullopt;
  }
  const bool is_verb = is_one_of_ignoring_case(kVerbs, part(name.begin, name.end));
  if (!before || !(is_verb || is_one_of_ignoring_case(kSpokenEnds, part(name.begin, name.end)))) {
    return std::nullopt;
  }
  constexpr int kMaxWords = 3;
  Name longer{before->begin, is_verb ? before->end : name.end};
  for (int n = 0; n < kMaxWords; ++n) {
    if (s_.names_.is_secret(part(longer.begin, longer.end))) {
      return longer;
    }
    const auto more = word_before(longer.begin);
    if (!more) {
      return std::nullopt;
    }
    longer.begin = more->begin;
  }
  return std::nullopt;
}

// Like value_of(), where what is before the value could also be prose: the value has to look made.
std::size_t SecretPass::made_value_of(Name name, std::size_t after) {
  const ValueSpan value = find_value(text_, after, {.name_begin = name.begin});
  return looks_made(part(value.begin, value.end)) ? take(value.begin, value.end) : after - 1;
}

// What is next to a name that is not secret and still is: the second half of a pair, a member of a secret type, a signature.
std::size_t SecretPass::value_of_harmless_name(Name name, std::size_t i) {
  const std::string_view text = part(name.begin, name.end);
  if (text_[i] == ':' && peek(i + 1) == '"') {
    if (const std::size_t end = serialized_value(name, i); end != i) {
      return end;
    }
  }
  if (text_[i] == '=' && name.begin > 0 &&
      (text_[name.begin - 1] == '?' || text_[name.begin - 1] == '&') &&
      is_one_of_ignoring_case(kQueryNames, text)) {
    const std::size_t end = skip(i + 1, is_query_value_char);  // ends where the next name begins
    if (is_bare_secret(text, part(i + 1, end))) {
      return take(i + 1, end);
    }
  }
  if (const std::size_t end = owned_value(name, i); end != i) {
    return end;
  }
  if (is_pair_name(text)) {
    return pair(i);
  }
  if (is_pair_value(text)) {
    last_value_name_ = name.begin;
    last_value_ = find_value(text_.substr(0, i + kMaxPairGap), i + 1, {.name_begin = name.begin});
    return i;
  }
  if (is_auth_name(text)) {
    const ValueSpan value =
        find_value(text_.substr(0, i + kMaxCredentials), i + 1, {.name_begin = name.begin});
    const std::string_view credentials = part(value.begin, value.end);
    const std::size_t password = password_of_user(credentials);
    if (password != 0 && looks_secret(credentials.substr(password))) {  // auth=bob:hunter2
      return take(value.begin + password, value.end);
    }
    return is_basic_credentials(credentials) ? take(value.begin, value.end) : i;
  }
  if (text_[i] == '=' && part(0, name.begin).ends_with("--from-literal=")) {  // of kubectl
    return std::max(i, value_of(name, i + 1, NameVerdict::kSecret) - 1);
  }
  if (text_[i] == '=' && is_signature_name(text)) {
    const std::size_t end = skip(i + 1, [](char c) { return is_base64_char(c) || c == '%'; });
    return end - i > kMinSignature ? take(i + 1, end) : i;
  }
  return i;
}

std::size_t SecretPass::separator(std::size_t i) {
  if (text_[i] == ':' && after_slashes(text_, i + 1) != 0) {
    return s_.patterns_.url ? url(i) : i;
  }
  const char before = i == 0 ? '\0' : text_[i - 1];
  if (text_[i] == ':' ? peek(i + 1) == ':' || before == ':'
                      : before == '=' || before == '!' || before == '<' || before == '>') {
    return i;  // ::, !=, <=, >=, and the second of ==
  }
  const bool is_compound = text_[i] == '=' && (before == '?' || before == '+');  // ?=, +=
  const Name name = name_before(is_compound ? i - 1 : i);
  const std::string_view text = part(name.begin, name.end);
  if (text.empty()) {
    if (s_.patterns_.assignment && longer_name(name)) {
      return value_of(name, i + 1, NameVerdict::kSecret);
    }
    return s_.patterns_.assignment ? separator_alone(i) : i;
  }
  is_open_ = is_open_ || (s_.patterns_.pem && text == "Private-Lines");  // of a key of PuTTY
  if (s_.patterns_.token && text_[i] == ':') {
    if (const std::size_t end = bot_token(name, i); end != i) {
      return end;
    }
    if (const std::size_t end = windows_hashes(name, i); end != i) {
      return end;
    }
  }
  if (s_.patterns_.assignment) {
    if (text_[i] == ':' && is_user_option(name.begin) && !is_blank(peek(i + 1))) {
      const std::size_t end =
          skip(i + 1, [](char c) { return !is_blank(c) && !is_line_end(c) && !is_quote(c); });
      // uid:gid is no secret
      return std::ranges::all_of(part(i + 1, end), is_ascii_digit) ? end : take(i + 1, end);
    }
    if (const NameVerdict verdict = s_.names_.look_up(text); verdict != NameVerdict::kHarmless) {
      return value_of(name, i + 1, verdict);
    }
    if (text.size() == 1 && text_[i] == ':' && part(0, name.begin).ends_with(" /")) {
      const std::size_t slash = name.begin - 1;  // xfreerdp /p:hunter2
      const std::size_t end = tool_option(slash);
      return end != slash ? end : i;
    }
    if (const auto longer = longer_name(name)) {
      const std::size_t end = made_value_of(*longer, i + 1);
      return end != i ? end
                      : std::max(i, next_line_value(*longer, i + 1, NameVerdict::kSecret) - 1);
    }
    if (const std::size_t end = value_of_harmless_name(name, i); end != i) {
      return end;
    }
    if (const std::size_t end = value_by_line(i); end != i) {
      return end;
    }
  }
  return s_.patterns_.aws && s_.aws_names_.is_secret(text)
             ? value_of(name, i + 1, NameVerdict::kSecret)
             : i;
}

// password%3Dhunter2, %22password%22%3A%22hunter2%22
std::size_t SecretPass::encoded_separator(std::size_t i) {
  const std::string_view code = text_.substr(i, 3);
  if (code != "%3D" && code != "%3d" && code != "%3A" && code != "%3a") {
    return i;
  }
  if (s_.patterns_.url) {
    if (const std::size_t end = encoded_url(i + code.size()); end != i + code.size()) {
      return end;
    }
  }
  Name name = name_before(i);
  if (text_.substr(name.begin).starts_with("22") && name.begin > 0 &&
      text_[name.begin - 1] == '%') {
    name.begin += 2;  // of the "%22" before it
  }
  const NameVerdict verdict = s_.names_.look_up(part(name.begin, std::max(name.begin, name.end)));
  if (verdict == NameVerdict::kHarmless) {
    return i;
  }
  const ValueSpan value = find_encoded_value(text_, i + 3);
  return value.end > value.begin &&
                 (verdict != NameVerdict::kIfPin || is_pin(part(value.begin, value.end)))
             ? take(value.begin, value.end)
             : i;
}

// password -> hunter2. `i` is at the dash.
std::size_t SecretPass::arrow(std::size_t i) {
  const Name name = name_before(i);
  return s_.names_.is_secret(part(name.begin, name.end)) ? made_value_of(name, i + 2) : i;
}

// ALTER USER x PASSWORD 'hunter2', setPassword("hunter2"), {:password "hunter2"}
std::size_t SecretPass::quoted_word(std::size_t i) {
  if (i == 0) {
    return i;
  }
  std::size_t call = i;
  while (call > 1 && i - call < kMaxBetween && is_blank(text_[call - 1])) {
    --call;
  }
  const bool is_after_bracket = text_[call - 1] == '(';
  const Name name = name_before(is_after_bracket ? call - 1 : i - 1);
  if (is_after_bracket) {
    if (const std::size_t end = login_call(i, name); end != i) {
      return end;
    }
  }
  const std::string_view text = part(name.begin, name.end);
  const bool is_call = is_after_bracket && name.end == call - 1;
  const bool is_keyword = name.begin > 0 && text_[name.begin - 1] == ':' &&
                          (name.begin == 1 || !is_word_char(text_[name.begin - 2]));
  const bool is_identified_by =
      equals_ignoring_case(text, "by") &&
      contains_ignoring_case(part(name.end - std::min(name.end, kMaxIdentifiedBy), name.end),
                             "identified");
  // "config" "set" "requirepass" "hunter2": commands as Redis prints them.
  const bool is_quoted_pair = i >= 2 && is_blank(text_[i - 1]) && text_[i - 2] == text_[i] &&
                              name.end + 2 == i && name.begin > 0 &&
                              text_[name.begin - 1] == text_[i];
  if (is_quoted_pair && (s_.names_.is_secret(text) || equals_ignoring_case(text, "auth"))) {
    const ValueSpan value = find_value(text_, i, {.name_begin = name.begin});
    if (is_placed_secret(part(value.begin, value.end))) {
      return take(value.begin, value.end);
    }
  }
  if ((is_keyword && s_.names_.is_secret(text)) || is_identified_by) {
    return value_of(name, i, NameVerdict::kSecret);
  }
  if (const auto longer = longer_name(name); longer && !is_call) {
    return made_value_of(*longer, i);
  }
  if (const std::size_t end = tuple(i); end != i) {
    return end;
  }
  if (is_call ? s_.names_.is_secret(text)
              : ends_in_one_of_ignoring_case(kPasswordWords, text) ||
                    ends_in_one_of_ignoring_case(
                        kPasswordWords,
                        part(name.end - std::min<std::size_t>(name.end, 20), name.end))) {
    return value_of(name, i, NameVerdict::kSecret);
  }
  return i;
}

}  // namespace ringside
