#pragma once
// The section [redact] of ringside.toml. Separate from WorkerOptions, so that the redactor depends
// on its own options only.

#include <string>
#include <vector>

namespace ringside {

struct RedactOptions {
  bool redact = true;                       // redact.enabled
  std::vector<std::string> redact_members;  // redact.members: names whose value is secret
  std::vector<std::string> redact_keep;  // redact.keep: names that are not, although they look so
  std::vector<std::string> redact_patterns;  // redact.patterns: "jwt", "pem", ...
  std::vector<std::string> redact_pii;       // redact.pii: "email", "phone", ...
  std::vector<std::string> redact_custom;    // redact.custom: RE2 expressions
};

}  // namespace ringside
