#pragma once
// ringside check --redact: what the worker would hide in a file's lines.

#include <string>

#include "core/config/redact_options.hpp"

namespace ringside::cli {

// Prints each line of `path` ("-": standard input) that would be changed, as it would be stored, and
// how many there were. A line that is a JSON object is taken for an event, or for its data; any
// other for a line of a log. Returns an ExitCode.
int check_redaction(const std::string& path, const RedactOptions& options);

}  // namespace ringside::cli
