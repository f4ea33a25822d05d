#pragma once
// Writes at a place of a file, all of it or an error. Threads: any. Cost: one system call, as a rule.

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/result.hpp"

namespace ringside {

// Errors: what pwrite() says (a full disk, ...); a part of the bytes may have been written then.
[[nodiscard]] Status write_fully(int fd, std::span<const std::byte> bytes, std::uint64_t position);

}  // namespace ringside
