// A quota across processes without a lock: each adds its own first and then sums everyone's;
// one that finds too many takes its own away again. Of any two that acquire at once, at least one
// sees the other: all accesses here are sequentially consistent, so if A's sum missed B's addition,
// then B's addition came after A's sum, hence after A's addition, and B's sum sees that. So the
// last to add among those who stay has counted all of them, and the limit is kept. The price: two who
// race for the last place may both be refused.
//
// A user's entry is somewhere in two buckets of 64 and does not move while a count in it is
// above zero; a sum looks at both buckets whole. An entry without counts may go to another user:
// first the hash changes, then the count. A reader of the old hash and then the new count sees at
// worst one too many for a moment.
//
// Users are hashes keyed with a random key of the segment, so nobody can choose names that share
// buckets or hashes. The second bucket takes names that chance, or someone who has read the key, puts
// into one bucket: filling one does not fill the second of any other user.
#include "core/control/user_table.hpp"

#include <array>

#include "core/control/identity_hash.hpp"

namespace ringside::control {
namespace {

// The two buckets in which a user's entry may be; always different ones.
[[nodiscard]] std::array<std::size_t, 2> buckets_of(std::uint64_t user_hash) noexcept {
  const std::size_t first = user_hash % kBuckets;
  const std::size_t distance = 1 + (user_hash >> 32U) % (kBuckets - 1);
  return {first, (first + distance) % kBuckets};
}

[[nodiscard]] bool is_free(const UserEntry& entry) noexcept {
  for (const SharedU32& count : entry.count) {
    if (count.load() != 0) {
      return false;
    }
  }
  return true;
}

[[nodiscard]] UserEntry* find_entry(Slot& slot, std::uint64_t user_hash) noexcept {
  for (const std::size_t bucket : buckets_of(user_hash)) {
    for (UserEntry& entry : slot.users[bucket]) {
      if (entry.hash.load() == user_hash) {
        return &entry;
      }
    }
  }
  return nullptr;
}

// A free entry in the emptier of the user's buckets.
[[nodiscard]] UserEntry* take_free_entry(Slot& slot, std::uint64_t user_hash) noexcept {
  UserEntry* best = nullptr;
  std::size_t most_free = 0;
  for (const std::size_t bucket : buckets_of(user_hash)) {
    UserEntry* first_free = nullptr;
    std::size_t n_free = 0;
    for (UserEntry& entry : slot.users[bucket]) {
      if (is_free(entry)) {
        first_free = first_free == nullptr ? &entry : first_free;
        ++n_free;
      }
    }
    if (n_free > most_free) {
      best = first_free;
      most_free = n_free;
    }
  }
  if (best != nullptr) {
    best->hash.store(user_hash);  // SYNC(user_hash): store
  }
  return best;
}

}  // namespace

std::uint64_t user_hash_of(const Segment& segment, std::string_view user) noexcept {
  return identity_hash({segment.hash_key[0].load(), segment.hash_key[1].load()}, user);
}

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
  const std::array<std::size_t, 2> buckets = buckets_of(user_hash);
  std::uint64_t sum = 0;
  for (const Slot& slot : segment.slots) {
    if (slot.pid.load() == 0) {  // SYNC(slot): load
      continue;
    }
    for (const std::size_t bucket : buckets) {
      for (const UserEntry& entry : slot.users[bucket]) {
        if (entry.hash.load() == user_hash) {  // SYNC(user_hash): load
          sum += entry.count[quota].load();    // SYNC(user_count): load
        }
      }
    }
  }
  return sum;
}

}  // namespace ringside::control
