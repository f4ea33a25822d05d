// Matchers by hand and not by regular expression: each hangs on a byte that clean text seldom has in
// such a place, so that a text is walked once, sixteen bytes at a time, and a matcher looks around
// only where its byte is. An RE2 for each pattern would walk every string a dozen times, and the
// look back at a name would make it start at every word.
#include "core/redact/secret_scanner.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"

namespace ringside {
namespace {

const std::vector<std::string> kAwsNames{"aws_secret_access_key", "secret_access_key",
                                         "aws_secret_key", "aws_session_token"};

constexpr auto kPairNames = std::to_array<std::string_view>(
    {"name", "n", "key", "k", "field", "header", "variable", "var", "param", "parameter",
     "property", "option", "setting", "attribute", "env", "envvar", "label", "id"});
constexpr auto kPairValues = std::to_array<std::string_view>(
    {"value",       "val",          "v",    "values",   "content",   "data",     "default",
     "stringvalue", "string_value", "text", "newvalue", "new_value", "oldvalue", "old_value",
     "current",     "previous",     "raw",  "old",      "new",       "from",     "to",
     "before",      "after"});

// ParameterKey, option_name, header-value: the last word of several.
[[nodiscard]] bool has_last_word(std::string_view name, std::string_view word) noexcept {
  if (name.size() <= word.size() ||
      !equals_ignoring_case(name.substr(name.size() - word.size()), word)) {
    return false;
  }
  const char before = name[name.size() - word.size() - 1];
  const char first = name[name.size() - word.size()];
  return before == '_' || before == '-' || before == '.' ||
         (is_ascii_upper(first) && is_ascii_lower(before));
}

}  // namespace

bool is_pair_name(std::string_view name) noexcept {
  return is_one_of_ignoring_case(kPairNames, name) || has_last_word(name, "name") ||
         has_last_word(name, "key");
}
bool is_pair_value(std::string_view name) noexcept {
  return is_one_of_ignoring_case(kPairValues, name) || has_last_word(name, "value");
}

bool is_auth_name(std::string_view name) noexcept {
  return name.size() <= 5 &&
         (equals_ignoring_case(name, "auth") || equals_ignoring_case(name, "_auth"));
}

SecretScanner::SecretScanner(SecretPatterns patterns, const SecretNames& names)
    : patterns_(patterns),
      names_(names),
      aws_names_(kAwsNames),
      looks_for_tokens_(patterns.token || patterns.aws) {
  const auto mark = [this](std::string_view bytes, bool wanted) {
    for (const char c : bytes) {
      interesting_[static_cast<unsigned char>(c)] |= wanted;
    }
  };
  mark("J", patterns.jwt);
  mark("-", patterns.pem || patterns.assignment);
  mark("%<&'\"([\xE2\xEF", patterns.assignment);
  mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", patterns.assignment);
  mark("~$*", patterns.token);
  mark("{", patterns.assignment || patterns.token);
  mark("=:", patterns.assignment || patterns.url || patterns.aws);
  mark("0123456789", patterns.assignment || patterns.token || patterns.card || patterns.phone ||
                         patterns.iban || patterns.national_id);
  mark("+", patterns.phone);
  mark("@", patterns.email || patterns.url);
}

bool SecretScanner::scan(std::string_view text, std::vector<TextSpan>& out) const {
  if (SecretPass::is_clean_block(text)) {  // as most values of events are
    return false;
  }
  return SecretPass(*this, text, out).run();
}

}  // namespace ringside
