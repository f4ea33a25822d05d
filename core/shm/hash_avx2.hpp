#pragma once
// hash64() on a processor with AVX2. Only for hash.cpp, which asks the processor.

#include <cstddef>
#include <cstdint>

namespace ringside {

// Not there in builds for other processors, and without vector instructions: RINGSIDE_HAS_AVX2_FILE.
[[nodiscard]] std::uint64_t hash64_avx2(const void* bytes, std::size_t n_bytes) noexcept;

}  // namespace ringside
