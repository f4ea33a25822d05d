// A quota across processes without a lock: each adds its own first and then sums everybody's;
// whoever finds too many takes its own away again. Of any two that acquire at once, at least one
// sees the other: all accesses here are sequentially consistent, so if A's sum missed B's addition,
// then B's addition came after A's sum, hence after A's addition, and B's sum sees that. So the
// last to add among those who stay has counted all of them, and the limit holds. The price: two who
// race for the last place may both be refused.
//
// A user's entry stands somewhere in one bucket of 64 and does not move while a count in it is
// above zero; a sum looks at the whole bucket. An entry without counts may go to another user:
// first the hash changes, then the count. Whoever reads the old hash and then the new count sees at
// worst one too many for a moment.
//
// Users are 64-bit hashes: two users with the same hash would share a quota, which XXH3 makes as
// unlikely as 1 in 10^19.
#include "core/control/user_table.hpp"

namespace ringside::control {
namespace {

[[nodiscard]] UserEntry* find_entry(Slot& slot, std::uint64_t user_hash) noexcept {
  for (UserEntry& entry : slot.users[user_hash % kBuckets]) {
    if (entry.hash.load() == user_hash) {
      return &entry;
    }
  }
  return nullptr;
}

[[nodiscard]] UserEntry* take_free_entry(Slot& slot, std::uint64_t user_hash) noexcept {
  for (UserEntry& entry : slot.users[user_hash % kBuckets]) {
    bool free = true;
    for (const SharedU32& count : entry.count) {
      free = free && count.load() == 0;
    }
    if (free) {
      entry.hash.store(user_hash);  // SYNC(user_hash): store
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace

bool add_user(Slot& own, std::size_t quota, std::uint64_t user_hash) noexcept {
  UserEntry* entry = find_entry(own, user_hash);
  if (entry == nullptr) {
    entry = take_free_entry(own, user_hash);
  }
  if (entry == nullptr) {
    return false;
  }
  entry->count[quota].fetch_add(1);  // SYNC(user_count): store
  return true;
}

void remove_user(Slot& own, std::size_t quota, std::uint64_t user_hash) noexcept {
  UserEntry* const entry = find_entry(own, user_hash);
  if (entry != nullptr && entry->count[quota].load() > 0) {
    entry->count[quota].fetch_sub(1);  // SYNC(user_count): store
  }
}

std::uint64_t count_user(const Segment& segment, std::size_t quota,
                         std::uint64_t user_hash) noexcept {
  std::uint64_t sum = 0;
  for (const Slot& slot : segment.slots) {
    if (slot.pid.load() == 0) {  // SYNC(slot): load
      continue;
    }
    for (const UserEntry& entry : slot.users[user_hash % kBuckets]) {
      if (entry.hash.load() == user_hash) {  // SYNC(user_hash): load
        sum += entry.count[quota].load();    // SYNC(user_count): load
      }
    }
  }
  return sum;
}

}  // namespace ringside::control
