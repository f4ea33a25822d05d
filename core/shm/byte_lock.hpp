#pragma once
// Who uses a shared file, or a part of it: a process that does holds a lock on one byte, and the kernel
// releases it when the process ends, however it ends. The bytes are numbered from 0.
//   Threads: any. Cost: a system call each.
//   Source:  docs/ring-format.md, "The file's life" and "The control segment".

#include <cstddef>

namespace ringside {

// Takes the lock of byte `n` for the open file `fd`: alone (which needs a file that is open for writing),
// or together with all others that share it (reading is enough). False: another open file is in the
// way. It is held until release_byte(), or until all copies of the descriptor are closed. A forked child
// has a copy.
[[nodiscard]] bool lock_byte(int fd, std::size_t n) noexcept;
[[nodiscard]] bool share_byte(int fd, std::size_t n) noexcept;
void release_byte(int fd, std::size_t n) noexcept;

// Whether another open file, of this or any other process, holds a lock of byte `n` of either kind.
// False when that cannot be found out.
[[nodiscard]] bool is_byte_locked_by_others(int fd, std::size_t n) noexcept;

}  // namespace ringside
