#pragma once
// Redactor: finds secrets in events and puts "[redacted]" in their place, before anything reaches
// shared memory.
//
//   by name      a member, at any depth, whose name is secret (SecretNames): its string, number,
//                object or array. true, false and null reveal nothing and stay.
//   by place     the value next to a name: {"name": "DB_PASSWORD", "value": "x"}, ["--password", "x"],
//                [["Authorization", "x"]]
//   by pattern   any string and any member's name: redact.patterns, redact.pii and redact.custom.
//                Numbers are searched for card numbers.
//
// Threads: one (it keeps scratch memory).
// Source: docs/redaction.md.

#include <re2/re2.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/json_skim.hpp"
#include "core/base/result.hpp"
#include "core/config/redact_options.hpp"
#include "core/redact/secret_names.hpp"
#include "core/redact/secret_scanner.hpp"

namespace ringside {

inline constexpr std::string_view kRedacted = "[redacted]";

class Redactor {
 public:
  // Errors: a custom expression that RE2 refuses or that matches nothing at all; a member's name
  // that is too long.
  [[nodiscard]] static Result<std::unique_ptr<Redactor>> make(const RedactOptions& options);
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  // Whether `value` and all inside it have no secret. False only means that redact() has to decide.
  //   Cost: one look at each name, one pass over each string; no allocation.
  [[nodiscard]] bool is_clean(const JsonSkim& skim, const JsonSkim::Node& value);

  // Whether a string, or the text of a number, has no secret.
  [[nodiscard]] bool is_clean(std::string_view text) { return !enabled_ || !finds_in(text); }
  // The same for a string without a backslash, which costs less.
  [[nodiscard]] bool is_clean_plain(std::string_view text);

  // Whether a number, as it is written, is no card number.
  [[nodiscard]] bool is_clean_number(std::string_view number);

  // Whether `text` names no secret, as the name of a member or an option of a program: then what is
  // next to it is not hidden.
  [[nodiscard]] bool names_nothing(std::string_view text);
  // The same for an element of a list, which may also be an option with a secret in it: -px.
  [[nodiscard]] bool is_harmless_element(std::string_view text);
  [[nodiscard]] NameVerdict verdict_of_pair(std::string_view text) const;

  // Redacts an object or array in place. Returns whether anything changed.
  //   Cost: proportional to its size; recursion as deep as the value, which Json::parse() bounds.
  bool redact(JsonRef container);

  // The same for text without structure, or of a structure that could not be read: secret members
  // are found by the shape of `"name": value`, whatever redact.patterns says.
  [[nodiscard]] std::string redact_text(std::string_view text);

  [[nodiscard]] bool enabled() const noexcept { return enabled_; }
  [[nodiscard]] const SecretNames& names() const noexcept { return names_; }

 private:
  Redactor(const RedactOptions& options, SecretPatterns patterns);

  // Names repeat, so what was decided of the latest ones is remembered.
  struct KnownName {
    std::uint8_t n_bytes = 0;
    NameVerdict verdict = NameVerdict::kHarmless;
    bool has_secret = false;  // in itself
    bool is_pair_name = false;
    bool needs_care = false;  // what it belongs to, or its value, has to be looked at
    std::array<char, 44> bytes{};
  };
  [[nodiscard]] const KnownName& known(std::string_view name);

  [[nodiscard]] bool finds_in(std::string_view text);
  void find_spans(const SecretScanner& scanner, std::string_view text);
  [[nodiscard]] std::string without_spans(std::string_view text) const;
  // `text` as it may be shown, also where a name is written with escapes (pass\u0077ord). Nothing if it may stay.
  [[nodiscard]] std::optional<std::string> without_secrets(const SecretScanner& scanner,
                                                           std::string_view text);
  [[nodiscard]] bool is_clean_member(const JsonSkim& skim, const JsonSkim::Node& node);
  [[nodiscard]] std::string_view text_of(const JsonSkim& skim, const JsonSkim::Node& node);
  // The replacement of a value; nothing if it may stay. `verdict`: about its name.
  [[nodiscard]] std::optional<std::string> replacement(JsonRef value, NameVerdict verdict);
  [[nodiscard]] NameVerdict verdict_of_values(JsonRef object);
  bool redact_value(JsonRef value, std::string_view member, bool in_array);
  bool redact_array(JsonRef array, std::string_view member, bool in_array);
  bool redact_object(JsonRef object);
  bool hide_blocks(JsonRef array);
  bool redact_names(JsonRef object);

  bool enabled_;
  SecretNames names_;
  SecretScanner scanner_;
  SecretScanner thorough_;  // for redact_text
  std::vector<std::unique_ptr<re2::RE2>> custom_;
  std::vector<TextSpan> spans_;
  bool is_open_ = false;  // the text of spans_ ends where a secret's value would continue
  std::string unescaped_;
  std::string unescaped_name_;
  std::array<KnownName, 256> known_{};
  KnownName long_name_;
};

}  // namespace ringside
