#pragma once
// Opens a file that a glob found, without being led elsewhere. Whoever may write in a directory of
// logs may put a link there that names any file; the worker, which may read more than he may, must
// not read it for him.
//
// Threads: any.
// Source:  docs/sources.md, "Log files"; docs/threat-model.md.

#include <string>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside {

// Opens `path` for reading. Symbolic links in the part that follows `trusted_bytes` bytes of it are
// followed only when
//   - link and directory belong to root or to this process' user, and no other user may write in the
//     directory, or
//   - what the link leads to belongs to the owner of the link.
// Errors: what open() says; a link that is not followed.
[[nodiscard]] Result<UniqueFd> open_trusted(const std::string& path, std::size_t trusted_bytes);

// How many bytes of a glob are the operator's own words: up to the last '/' before a wildcard.
[[nodiscard]] std::size_t literal_bytes(const std::string& glob) noexcept;

}  // namespace ringside
