#pragma once
// Which slots of the control segment belong to processes that are alive: each process holds a lock
// on one byte for its slot, and the kernel releases it when the process ends, however it ends.
//   Source: docs/ring-format.md, "The control segment".

#include <cstddef>

namespace ringside::control {

// Takes the lock of `slot` for the open file `fd`, which must be open for writing. False: another
// open file has it. It is held until release_slot(), or until all copies of the descriptor are
// closed. A forked child has a copy.
[[nodiscard]] bool hold_slot(int fd, std::size_t slot) noexcept;
void release_slot(int fd, std::size_t slot) noexcept;

// Whether another open file, of this or any other process, has the lock of `slot`. Cost: a system
// call.
[[nodiscard]] bool is_held_by_others(int fd, std::size_t slot) noexcept;

}  // namespace ringside::control
