#pragma once
// Names of files that may be logs. Threads: any.

#include <string>
#include <string_view>
#include <vector>

namespace ringside {

// Compressed archives and the binary records of logins, which a glob like /var/log/* finds too.
[[nodiscard]] bool is_no_log(std::string_view path);

// The files that a glob matches, sorted. Errors: nothing is found.
[[nodiscard]] std::vector<std::string> paths_of(const std::string& pattern);

[[nodiscard]] std::string directory_of(const std::string& path);

// Whether `copy` is named as a copy of `original`, in the same directory: app.log, app.log.1, app-20261126.log.
[[nodiscard]] bool is_named_as_copy(const std::string& original, const std::string& copy);

}  // namespace ringside
