#pragma once
// Copies between shared memory and private memory in 8-byte words, each a relaxed atomic access, so that a reader that
// races the writer has torn data (which it detects) but no undefined behaviour, and TSan can follow.
//   Units:    n_bytes is a multiple of 8; both sides are 8-byte aligned.
//   Ordering: none; the caller brackets the copy with acquire/release accesses of its own.
//   Source:   Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012.

#include <cstddef>

namespace ringside {

void copy_from_shared(std::byte* to, const std::byte* shared, std::size_t n_bytes) noexcept;
void copy_to_shared(std::byte* shared, const std::byte* from, std::size_t n_bytes) noexcept;

}  // namespace ringside
