#pragma once
// Copies between shared memory and private memory in 8-byte words: every load acquires, every store releases, so that a
// reader that races the writer has torn data (which it detects) but no undefined behaviour.
//   Units:    n_bytes is a multiple of 8; the shared side is 8-byte aligned.
//   Ordering: a loaded word synchronizes with the store it came from. So whatever the writer stored before it began to
//             overwrite is visible to a reader that met one overwritten word: see docs/ring-format.md, "Why it is right".
//   Cost:     on x86-64 plain moves; on AArch64 ldar/stlr. No fence, which TSan cannot check.
//   Source:   Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012, section 4.

#include <cstddef>
#include <cstdint>

namespace ringside {

void copy_from_shared(std::byte* to, const std::byte* shared, std::size_t n_bytes) noexcept;
void copy_to_shared(std::byte* shared, const std::byte* from, std::size_t n_bytes) noexcept;

// One word of the same kind.
[[nodiscard]] std::uint64_t load_shared_word(const std::byte* shared) noexcept;
void store_shared_word(std::byte* shared, std::uint64_t word) noexcept;

}  // namespace ringside
