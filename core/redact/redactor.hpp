#pragma once
// Redactor: finds secrets in events and puts "[redacted]" in their place, before anything reaches
// shared memory.
//
//   by name     a member of `data` or `metadata`, at any depth, whose name is one of
//   redact.members: its string, number, object or
//               array. true, false and null say nothing and stay.
//   by pattern  any string in `data` and `metadata`: redact.patterns and redact.custom. Numbers and
//   names of members are not
//               searched.
//
// Threads: one (it keeps scratch memory).

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/json_skim.hpp"
#include "core/base/result.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redact_scan.hpp"
#include "core/redact/secret_names.hpp"

namespace ringside {

inline constexpr std::string_view kRedacted = "[redacted]";

class Redactor {
 public:
  // Errors: a custom expression that RE2 refuses or that matches nothing at all; a member's name
  // that is too long.
  [[nodiscard]] static Result<std::unique_ptr<Redactor>> make(const WorkerOptions& options);
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  // Whether `value` and all inside it hold no secret. May say false of what turns out clean;
  // redact() has the word.
  //   Cost: one look at each name, one pass over each string; no allocation.
  [[nodiscard]] bool is_clean(const JsonSkim& skim, const JsonSkim::Node& value);

  // Whether a string's value holds no secret.
  [[nodiscard]] bool is_clean(std::string_view text) { return !enabled_ || !finds_in(text); }

  // Redacts an object or array in place. Returns whether anything changed.
  bool redact(JsonRef container);

  // The same for text without structure, or of a structure that could not be read: secret members
  // are found by the shape of
  // `"name": value`, whatever redact.patterns says.
  [[nodiscard]] std::string redact_text(std::string_view text);

 private:
  Redactor(const WorkerOptions& options, SecretPatterns patterns);

  [[nodiscard]] bool finds_in(std::string_view text);
  void find_spans(const SecretScanner& scanner, std::string_view text);
  [[nodiscard]] std::string without_spans(std::string_view text) const;

  bool enabled_;
  SecretNames names_;
  SecretScanner scanner_;
  SecretScanner thorough_;  // for redact_text
  std::vector<std::unique_ptr<re2::RE2>> custom_;
  std::vector<TextSpan> spans_;
  std::string unescaped_;
};

}  // namespace ringside
