// Each upgrade asks whether its token was revoked, so the table is a hash table: open addressing
// with linear probing, at most half full. Writers hold the segment's lock; readers take none.
//
// A reader must find a key in spite of a writer. A search ends at the first place that was never
// used. Therefore a place never becomes "never used" again while a key is after it in the same
// run: a removed key leaves a mark, and marks are cleared only where the next place was never used.
// A key is stored last and cleared first, and a reader looks at it again after it has read the
// times, so it never combines one key with the times of another.
//
// Where a key stands depends on the segment's random key, so that nobody can choose token ids that
// make searches long. The key itself does not: it is stored in a file and restored after a reboot.
#include "core/control/revocations.hpp"

#include <algorithm>

#include "core/control/identity_hash.hpp"

namespace ringside::control {
namespace {

constexpr std::uint64_t kNeverUsed = 0;
constexpr std::uint64_t kRemoved = 1;

[[nodiscard]] std::size_t first_place(const Segment& segment, std::uint64_t key) noexcept {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  return ((key ^ segment.hash_key[0].load()) * kOdd) >> (64U - kRevocationPlaceBits);
}

[[nodiscard]] std::size_t next_place(std::size_t place) noexcept {
  return (place + 1) % kRevocationPlaces;
}

[[nodiscard]] std::uint64_t ns_of(WallTime time) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(to_ns(time), 0));
}

[[nodiscard]] bool has_ended(std::uint64_t until_ns, WallTime now) noexcept {
  return until_ns != 0 && until_ns <= ns_of(now);
}

void set(Revocation& place, std::uint64_t key, std::uint64_t time_ns,
         std::uint64_t until_ns) noexcept {
  place.time_ns.store(time_ns);
  place.until_ns.store(until_ns);
  place.key.store(key);  // SYNC(revocation): store
}

void extend(Revocation& place, const RevocationRecord& record) noexcept {
  const std::uint64_t until_ns = place.until_ns.load();
  if (!record.until || until_ns == 0) {
    place.until_ns.store(0);
  } else {
    place.until_ns.store(std::max(until_ns, ns_of(*record.until)));
  }
  place.time_ns.store(std::max(place.time_ns.load(), ns_of(record.time)));
}

// Where `key` stands or may be put; the end of the table when every place is taken.
[[nodiscard]] std::size_t place_for(const Segment& segment, std::uint64_t key) noexcept {
  std::size_t free = kRevocationPlaces;
  std::size_t place = first_place(segment, key);
  for (std::size_t i = 0; i < kRevocationPlaces; ++i, place = next_place(place)) {
    const std::uint64_t found = segment.revocations[place].key.load();
    if (found == key) {
      return place;
    }
    if (found <= kRemoved && free == kRevocationPlaces) {
      free = place;
    }
    if (found == kNeverUsed) {
      break;
    }
  }
  return free;
}

void changed(Segment& segment) noexcept {
  segment.revocation_generation.fetch_add(1);  // SYNC(revocation_generation): store
}

// From the end of the table to its beginning, so that a run of marks is cleared in one pass. One
// that goes around the end of the table stays until the next.
void clear_marks(Segment& segment) noexcept {
  for (std::size_t i = kRevocationPlaces; i-- > 0;) {
    Revocation& place = segment.revocations[i];
    if (place.key.load() == kRemoved &&
        segment.revocations[next_place(i)].key.load() == kNeverUsed) {
      place.key.store(kNeverUsed);
    }
  }
}

}  // namespace

std::uint64_t revocation_key(std::uint32_t kind, std::string_view subject) noexcept {
  return identity_hash({kind, 0}, subject);
}

bool add_revocation(Segment& segment, const RevocationRecord& record, WallTime now) noexcept {
  std::size_t index = place_for(segment, record.key);
  if (index != kRevocationPlaces && segment.revocations[index].key.load() == record.key) {
    extend(segment.revocations[index], record);
    changed(segment);
    return true;
  }
  if (index == kRevocationPlaces || segment.revocation_count.load() >= kMaxRevocations) {
    (void)forget_revocations(segment, std::chrono::milliseconds(0), now);
    index = place_for(segment, record.key);
  }
  if (index == kRevocationPlaces || segment.revocation_count.load() >= kMaxRevocations) {
    return false;
  }
  // First the count: a reader that sees none does not search.
  segment.revocation_count.fetch_add(1);  // SYNC(revocation_count): store
  set(segment.revocations[index], record.key, ns_of(record.time),
      record.until ? std::max<std::uint64_t>(ns_of(*record.until), 1) : 0);
  changed(segment);
  return true;
}

bool remove_revocation(Segment& segment, std::uint64_t key) noexcept {
  const std::size_t index = place_for(segment, key);
  if (index == kRevocationPlaces || segment.revocations[index].key.load() != key) {
    return false;
  }
  segment.revocations[index].key.store(kRemoved);
  clear_marks(segment);
  // One writer at a time; at 0 when a writer was killed between the count and the key.
  if (const std::uint64_t count = segment.revocation_count.load(); count > 0) {
    segment.revocation_count.store(count - 1);
  }
  changed(segment);
  return true;
}

std::optional<RevocationRecord> revocation_of(const Segment& segment, std::uint64_t key,
                                              WallTime now) noexcept {
  if (segment.revocation_count.load() == 0) {  // SYNC(revocation_count): load
    return std::nullopt;
  }
  std::size_t index = first_place(segment, key);
  for (std::size_t i = 0; i < kRevocationPlaces; ++i, index = next_place(index)) {
    const Revocation& place = segment.revocations[index];
    const std::uint64_t found = place.key.load();  // SYNC(revocation): load
    if (found == kNeverUsed) {
      break;
    }
    if (found != key) {
      continue;
    }
    const std::uint64_t time_ns = place.time_ns.load();
    const std::uint64_t until_ns = place.until_ns.load();
    if (place.key.load() == key && !has_ended(until_ns, now)) {
      RevocationRecord record{key, wall_from_ns(static_cast<std::int64_t>(time_ns)), {}};
      if (until_ns != 0) {
        record.until = wall_from_ns(static_cast<std::int64_t>(until_ns));
      }
      return record;
    }
  }
  return std::nullopt;
}

std::optional<WallTime> find_revocation(const Segment& segment, std::uint64_t key,
                                        WallTime now) noexcept {
  const auto record = revocation_of(segment, key, now);
  return record ? std::optional(record->time) : std::nullopt;
}

std::size_t forget_revocations(Segment& segment, std::chrono::milliseconds keep,
                               WallTime now) noexcept {
  std::size_t n_kept = 0;
  std::size_t n_forgotten = 0;
  const std::uint64_t oldest_ns = keep.count() > 0 ? ns_of(now - keep) : 0;
  for (Revocation& place : segment.revocations) {
    if (place.key.load() <= kRemoved) {
      continue;
    }
    const std::uint64_t until_ns = place.until_ns.load();
    if (has_ended(until_ns, now) || (until_ns == 0 && place.time_ns.load() < oldest_ns)) {
      place.key.store(kRemoved);
      ++n_forgotten;
    } else {
      ++n_kept;
    }
  }
  clear_marks(segment);
  segment.revocation_count.store(n_kept);  // exact again, also when a writer was killed
  if (n_forgotten != 0) {
    changed(segment);
  }
  return n_forgotten;
}

std::vector<RevocationRecord> list_revocations(const Segment& segment) {
  std::vector<RevocationRecord> records;
  records.reserve(std::min<std::uint64_t>(segment.revocation_count.load(), kMaxRevocations));
  for (const Revocation& place : segment.revocations) {
    RevocationRecord record;
    record.key = place.key.load();
    if (record.key <= kRemoved) {
      continue;
    }
    record.time = wall_from_ns(static_cast<std::int64_t>(place.time_ns.load()));
    const std::uint64_t until_ns = place.until_ns.load();
    if (until_ns != 0) {
      record.until = wall_from_ns(static_cast<std::int64_t>(until_ns));
    }
    if (place.key.load() == record.key) {
      records.push_back(record);
    }
  }
  return records;
}

}  // namespace ringside::control
