// Secrets that are recognized by the name before them. The name decides (SecretNames); here is only where
// names are found in a text and what may be between a name and its value.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxNameLookBack = 128;
constexpr std::size_t kMaxBetween = 32;   // quotes and blanks between a name and its separator
constexpr std::size_t kMaxPairGap = 160;  // bytes between a "name" and its "value"
constexpr std::size_t kMinSignature = 16;

// Names whose value is the rest of the line: several words, or several pairs.
constexpr auto kWholeLine = std::to_array<std::string_view>(
    {"authorization", "cookie", "pgpass", "passphrase", "mnemonic", "seed_phrase"});
// Words after which a quoted word is a password: PASSWORD 'x', IDENTIFIED BY 'x'.
constexpr auto kPasswordWords =
    std::to_array<std::string_view>({"password", "passwd", "passphrase", "identified by"});

template <std::size_t N>
[[nodiscard]] bool ends_in_one_of(const std::array<std::string_view, N>& endings,
                                  std::string_view name) noexcept {
  return std::ranges::any_of(endings, [&](std::string_view ending) {
    return name.size() >= ending.size() &&
           equals_ignoring_case(name.substr(name.size() - ending.size()), ending);
  });
}

// Signatures that grant access to what a URL names: Azure's "sig", and those of AWS and Google.
[[nodiscard]] bool is_signature_name(std::string_view name) noexcept {
  return name == "sig" || equals_ignoring_case(name, "x-amz-signature") ||
         equals_ignoring_case(name, "x-goog-signature") ||
         equals_ignoring_case(name, "x-amz-credential") || name == "Signature";
}

[[nodiscard]] std::string_view encoded_quote_before(std::string_view text) noexcept {
  for (const std::string_view quote : {"&quot;", "&#34;", "&#39;", "&apos;", "%22", "%27", "%5D"}) {
    if (text.ends_with(quote)) {
      return quote;
    }
  }
  return {};
}

}  // namespace

// The name that ends before `i`, which may be in quotes of any kind, or in brackets: user[password].
SecretPass::Name SecretPass::name_before(std::size_t i) const noexcept {
  std::size_t end = i;
  while (end > 0 && i - end < kMaxBetween) {
    const char c = text_[end - 1];
    if (is_blank(c) || is_quote(c) || c == '\\' || c == ']' || c == ')') {
      --end;
    } else if (const auto quote = encoded_quote_before(text_.substr(0, end)); !quote.empty()) {
      end -= quote.size();
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
  const ValueSpan value =
      find_value(text_, after,
                 {.name_begin = name.begin,
                  .whole_line = ends_in_one_of(kWholeLine, part(name.begin, name.end)),
                  .unless_number = verdict == NameVerdict::kUnlessNumber,
                  .unless_directory = verdict == NameVerdict::kUnlessDirectory});
  if (value.end > value.begin) {
    return take(value.begin, value.end);
  }
  is_open_ = is_open_ ||
             text_.find_first_not_of(" \t\r\n|>+-0123456789=", after) == std::string_view::npos;
  return after;
}

std::size_t SecretPass::separator(std::size_t i) {
  if (text_[i] == ':' && peek(i + 1) == '/' && peek(i + 2) == '/') {
    return s_.patterns_.url ? url(i) : i;
  }
  const char before = i == 0 ? '\0' : text_[i - 1];
  if (text_[i] == ':' ? peek(i + 1) == ':' || before == ':'
                      : before == '=' || before == '!' || before == '<' || before == '>') {
    return i;  // ::, !=, <=, >=, and the second of ==
  }
  const Name name = name_before(i);
  const std::string_view text = part(name.begin, name.end);
  if (text.empty()) {
    return i;
  }
  if (s_.patterns_.assignment) {
    if (text_[i] == ':' && is_user_option(name.begin) && !is_blank(peek(i + 1))) {
      const std::size_t end =
          skip(i + 1, [](char c) { return !is_blank(c) && !is_line_end(c) && !is_quote(c); });
      return take(i + 1, end);
    }
    if (const NameVerdict verdict = s_.names_.look_up(text); verdict != NameVerdict::kHarmless) {
      return value_of(name, i + 1, verdict);
    }
    if (is_pair_name(text)) {
      return pair(i);
    }
    if (is_pair_value(text)) {
      last_value_name_ = name.begin;
      last_value_ = find_value(text_.substr(0, i + kMaxPairGap), i + 1, {.name_begin = name.begin});
      return i;
    }
    if (text_[i] == '=' && is_signature_name(text)) {
      const std::size_t end = skip(i + 1, [](char c) { return is_base64_char(c) || c == '%'; });
      return end - i > kMinSignature ? take(i + 1, end) : i;
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
  Name name = name_before(i);
  if (text_.substr(name.begin).starts_with("22") && name.begin > 0 &&
      text_[name.begin - 1] == '%') {
    name.begin += 2;  // of the "%22" before it
  }
  if (!s_.names_.is_secret(part(name.begin, std::max(name.begin, name.end)))) {
    return i;
  }
  const ValueSpan value = find_encoded_value(text_, i + 3);
  return value.end > value.begin ? take(value.begin, value.end) : i;
}

// --password hunter2, -storepass hunter2, and both as printed from a list: "--password", "hunter2".
std::size_t SecretPass::option(std::size_t i) {
  if (!starts_word(i) || (i > 0 && text_[i - 1] == '-')) {
    return i;
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
  const std::size_t value =
      skip(after, [](char c) { return is_blank(c) || c == '\0' || c == '\n'; });
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
  constexpr auto kOptions = std::to_array<std::string_view>({"-u", "--user", "--proxy-user"});
  std::size_t end = user_begin;
  while (end > 0 && user_begin - end < 4 &&
         (text_[end - 1] == ' ' || text_[end - 1] == '=' || is_quote(text_[end - 1]) ||
          text_[end - 1] == ',')) {
    --end;
  }
  return end != user_begin && std::ranges::any_of(kOptions, [&](std::string_view name) {
           const std::string_view before = text_.substr(0, end);
           return before.ends_with(name) &&
                  (before.size() == name.size() ||
                   !is_name_char(before[before.size() - name.size() - 1]));
         });
}

// ALTER USER x PASSWORD 'hunter2', setPassword("hunter2")
std::size_t SecretPass::quoted_word(std::size_t i) {
  if (i == 0) {
    return i;
  }
  const Name name = name_before(i - 1);
  const std::string_view text = part(name.begin, name.end);
  const bool is_call = text_[i - 1] == '(' && name.end == i - 1;
  if (is_call
          ? s_.names_.is_secret(text)
          : ends_in_one_of(kPasswordWords, text) ||
                ends_in_one_of(kPasswordWords,
                               part(name.end - std::min<std::size_t>(name.end, 13), name.end))) {
    return value_of(name, i, NameVerdict::kSecret);
  }
  return i;
}

// <password>hunter2</password>
std::size_t SecretPass::element(std::size_t i) {
  const std::size_t name_end = skip(i + 1, [](char c) { return is_name_char(c) || c == ':'; });
  const char after = peek(name_end);
  const std::string_view name = part(std::min(i + 1, name_end), name_end);
  if (name.empty() || (after != '>' && !is_blank(after)) || !s_.names_.is_secret(name)) {
    return i;
  }
  const ValueSpan value = find_element_text(text_, name_end);
  if (value.end == value.begin || part(value.begin, value.end) == "[redacted]") {
    return i;
  }
  return take(value.begin, value.end);
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
    if (c == '>') {  // <property name="password">hunter2</property>
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
