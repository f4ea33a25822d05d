#pragma once
// Mark: a sequence and the byte position that belongs to it, which readers always get as a matching pair although only
// one of the two words is the commit point. The ring has two, its head and its tail.
//   Source: docs/ring-format.md, "Marks".

#include <cstdint>
#include <optional>

#include "core/ring/layout.hpp"

namespace ringside {

struct MarkValue {
  std::uint64_t seq = 0;
  std::uint64_t position = 0;
};

// Sets all words; for a file that no other process can see yet.
void reset_mark(Mark& mark, MarkValue value) noexcept;

// Publishes the next pair: `value.seq` is one more than the mark's.
//   Threads: the writer's only. Cost: two stores to one cache line.
void publish_mark(Mark& mark, MarkValue value) noexcept;

// The pair as it is now. Nothing when a hostile writer keeps changing it or it has values that no ring can have.
//   Threads: any. Cost: three loads; repeats only when six publications pass between them, and then at most 1,000 times.
[[nodiscard]] std::optional<MarkValue> load_mark(const Mark& mark) noexcept;

}  // namespace ringside
