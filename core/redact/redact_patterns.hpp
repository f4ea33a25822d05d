#pragma once
// From the options to what the redactor looks for. Threads: pure functions.

#include <string>
#include <vector>

#include "core/config/redact_options.hpp"
#include "core/redact/secret_scanner.hpp"

namespace ringside {

[[nodiscard]] SecretPatterns patterns_of(const RedactOptions& options);
[[nodiscard]] SecretPatterns with_assignments(SecretPatterns patterns);

// redact.members and the names of the personal data that redact.pii lists.
[[nodiscard]] std::vector<std::string> with_personal_names(const RedactOptions& options);

}  // namespace ringside
