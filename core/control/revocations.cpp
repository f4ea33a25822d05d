// A list of at most 4,096, searched from end to end: it is read once for each upgrade and once for
// each connection when something is revoked, and a pass over 64 KiB costs about ten microseconds. A
// subject that is revoked again gets its time renewed in place, so that it does not push others
// out.
#include "core/control/revocations.hpp"

#include <algorithm>
#include <string>

#include "core/control/identity_hash.hpp"

namespace ringside::control {

std::uint64_t revocation_key(std::uint32_t kind, std::string_view subject) noexcept {
  return identity_hash({kind, 0}, subject);
}

void add_revocation(Segment& segment, std::uint64_t key, WallTime now) noexcept {
  const std::uint64_t count = segment.revocation_count.load();
  const std::uint64_t n_held = std::min<std::uint64_t>(count, kRevocations);
  const auto time_ns = static_cast<std::uint64_t>(to_ns(now));
  bool known = false;
  for (std::uint64_t i = 0; i < n_held && !known; ++i) {
    Revocation& held = segment.revocations[i];
    if (held.key.load() == key) {
      held.time_ns.store(time_ns);
      known = true;
    }
  }
  if (!known) {
    Revocation& oldest = segment.revocations[count % kRevocations];
    oldest.key.store(0);  // so that nobody gives the old key the new time
    oldest.time_ns.store(time_ns);
    oldest.key.store(key);                      // SYNC(revocation): store
    segment.revocation_count.store(count + 1);  // SYNC(revocation_count): store
  }
  segment.revocation_generation.fetch_add(1);  // SYNC(revocation_generation): store
}

std::optional<WallTime> find_revocation(const Segment& segment, std::uint64_t key) noexcept {
  const std::uint64_t n_held = std::min<std::uint64_t>(
      segment.revocation_count.load(), kRevocations);  // SYNC(revocation_count): load
  for (std::uint64_t i = 0; i < n_held; ++i) {
    const Revocation& held = segment.revocations[i];
    if (held.key.load() != key) {  // SYNC(revocation): load
      continue;
    }
    const std::uint64_t time_ns = held.time_ns.load();
    if (held.key.load() == key) {
      return wall_from_ns(static_cast<std::int64_t>(time_ns));
    }
  }
  return std::nullopt;
}

}  // namespace ringside::control
