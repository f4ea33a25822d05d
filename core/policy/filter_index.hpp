#pragma once
// FilterIndex: what a condition says about the hash of one member, so that events can be sorted out by comparing hashes. It
// only rules events out: an event whose hash is among those of the condition may still fail it, and is evaluated in full.
//
// Threads: any; immutable.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/event/event_view.hpp"
#include "core/policy/level.hpp"

namespace ringside {

class FilterPath;

// The hash of a string, a number or a boolean. Values that a filter takes for equal have equal hashes: 1 and 1.0, but not
// "1" and 1, which a condition names both.
[[nodiscard]] std::uint32_t hash_member_text(std::string_view text) noexcept;
[[nodiscard]] std::uint32_t hash_member_number(double number) noexcept;
[[nodiscard]] std::uint32_t hash_member_truth(bool truth) noexcept;
// A level is the same whatever its spelling.
[[nodiscard]] std::uint32_t hash_member_level(LogLevel level) noexcept;

// A member that conditions look at.
class IndexedMember {
 public:
  // `by_level`: texts that name a level are hashed as the level.
  IndexedMember(std::shared_ptr<const FilterPath> path, bool by_level);

  struct Hash {
    enum class Kind {
      kNone,  // no condition on this member holds
      kOne,   // only one that has `value`
      kAny,   // cannot be told: an array
    };
    Kind kind = Kind::kNone;
    std::uint32_t value = 0;
  };
  // `event.root` is present.
  [[nodiscard]] Hash hash_in(const EventView& event) const;
  [[nodiscard]] bool operator==(const IndexedMember& other) const noexcept;

 private:
  std::shared_ptr<const FilterPath> path_;
  bool by_level_;
};

// The condition holds for no event in which the member's hash is none of these.
struct IndexedCondition {
  // More are not compared one by one; such a condition is not indexed.
  static constexpr std::size_t kMostHashes = 32;
  IndexedMember member;
  std::vector<std::uint32_t> hashes;
};

}  // namespace ringside
