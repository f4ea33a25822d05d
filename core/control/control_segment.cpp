// Two ways of sharing, by how often something happens. Operations for every event or connection
// (counting, quotas) have one writing process for each word and no lock. Operations once in a
// process's life or at a person's command (joining, leaving, revoking, draining) are serialised by
// flock on the file, which the kernel releases when its holder dies, so no robust mutex
// needs repair; within one process, whose threads share the file description, a mutex is taken first.
//
// A process that dies leaves its slot as it is. The next process that joins or beats sees that no
// process has the slot's lock and reclaims it: gauges and quotas drop to zero, counters stay and are the next owner's
// starting point.
#include "core/control/control_segment.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/control/control_impl.hpp"
#include "core/control/revocations.hpp"
#include "core/control/user_table.hpp"
#include "core/shm/byte_lock.hpp"

namespace ringside {

static_assert(ControlSegment::kMaxProcesses == control::kSlots);
static_assert(ControlSegment::kMaxListed == control::kListedConnections);
static_assert(ControlSegment::kMaxRevocations == control::kMaxRevocations);
static_assert(ControlSegment::kMaxUsersPerProcess * 2 ==
              control::kBuckets * control::kBucketEntries);

namespace {

using control::Slot;

constexpr std::chrono::hours kLongestKeep{24 * 365 * 100};  // so that no time overflows

[[nodiscard]] std::size_t index_of(Counter counter) noexcept {
  RS_CHECK(counter < Counter::kCount);
  return static_cast<std::size_t>(counter);
}

[[nodiscard]] bool is_gauge(Counter counter) noexcept {
  return counter_table()[index_of(counter)].kind == CounterKind::gauge;
}

void clear_for_next(Slot& slot) noexcept {
  for (const CounterInfo& info : counter_table()) {
    if (info.kind == CounterKind::gauge) {
      slot.counters[index_of(info.counter)].store(0);
    }
  }
  for (auto& bucket : slot.users) {
    for (control::UserEntry& entry : bucket) {
      for (control::SharedU32& count : entry.count) {
        count.store(0);
      }
    }
  }
  slot.draining.store(0);
  slot.drain_generation.store(0);
  slot.drain_spread_ms.store(0);
}

}  // namespace

ControlSegment::ControlSegment(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ControlSegment::~ControlSegment() { leave(); }

Result<std::unique_ptr<ControlSegment>> ControlSegment::open(const std::string& path,
                                                             const Clock& clock,
                                                             UnusableSegment unusable) {
  Result<control::SegmentFile> file = control::open_segment_file(path, clock, unusable);
  if (!file) {
    return tl::unexpected<Error>(file.error());
  }
  return std::unique_ptr<ControlSegment>(
      new ControlSegment(std::make_unique<Impl>(path, std::move(*file), clock)));
}

bool ControlSegment::is_replaced() const noexcept {
  return control::is_replaced(impl_->file, impl_->path);
}

Status ControlSegment::join(ProcessKind kind) {
  leave();
  const Impl::Lock lock(*impl_);
  impl_->reclaim_dead();
  for (Slot& slot : impl_->segment().slots) {
    if (slot.pid.load() != 0 || !lock_byte(impl_->file.fd.get(), impl_->index_of_slot(slot))) {
      continue;
    }
    clear_for_next(slot);
    slot.incarnation.store(impl_->segment().incarnations.fetch_add(1) + 1);
    slot.cuts_seen.store(impl_->segment().cut_generation.load());
    impl_->joined_pid = ::getpid();
    slot.kind.store(static_cast<std::uint64_t>(kind));
    slot.started_ns.store(impl_->now_ns());
    slot.heartbeat_ns.store(impl_->now_ns());
    for (std::size_t i = 0; i < control::kCounterWords; ++i) {
      impl_->at_join[i] = slot.counters[i].load();
    }
    slot.pid.store(static_cast<std::uint64_t>(impl_->joined_pid));  // SYNC(slot): store
    impl_->own.store(&slot, std::memory_order_release);             // SYNC(own_slot): store
    return {};
  }
  return fail(
      "all places in the control segment are in use: too many worker and plugin processes share "
      "it");
}

void ControlSegment::leave() noexcept {
  if (impl_->own_slot() == nullptr) {
    return;
  }
  const Impl::Lock lock(*impl_);
  Slot* const own =
      impl_->own.exchange(nullptr, std::memory_order_acq_rel);  // SYNC(own_slot): store
  // A forked child has its parent's object, and not its slot.
  if (own != nullptr && impl_->joined_pid == ::getpid()) {
    control::free_slot(*own);
    release_byte(impl_->file.fd.get(), impl_->index_of_slot(*own));
  }
}

void ControlSegment::beat() noexcept {
  if (Slot* const own = impl_->own_slot(); own != nullptr) {
    own->heartbeat_ns.store(impl_->now_ns());
    const Impl::Lock lock(*impl_, false);
    if (lock.held()) {
      impl_->reclaim_dead();
    }
  }
}

void ControlSegment::set_draining(bool yes) noexcept {
  if (Slot* const own = impl_->own_slot(); own != nullptr) {
    own->draining.store(yes ? 1 : 0);
  }
}

void ControlSegment::add(Counter counter, std::uint64_t n) noexcept {
  if (Slot* const own = impl_->own_slot(); own != nullptr) {
    own->counters[index_of(counter)].fetch_add(n, std::memory_order_relaxed);
  }
}

void ControlSegment::sub(Counter counter, std::uint64_t n) noexcept {
  if (Slot* const own = impl_->own_slot(); own != nullptr) {
    own->counters[index_of(counter)].fetch_sub(n, std::memory_order_relaxed);
  }
}

std::uint64_t ControlSegment::total(Counter counter) const noexcept {
  const bool gauge = is_gauge(counter);
  std::uint64_t sum = 0;
  for (const Slot& slot : impl_->segment().slots) {
    if (!gauge || slot.pid.load() != 0) {
      sum += slot.counters[index_of(counter)].load(std::memory_order_relaxed);
    }
  }
  // A gauge below zero (add and sub raced with this sum) reads as none.
  return gauge && static_cast<std::int64_t>(sum) < 0 ? 0 : sum;
}

std::uint64_t ControlSegment::own(Counter counter) const noexcept {
  const Slot* const own = impl_->own_slot();
  const std::size_t index = index_of(counter);
  return own == nullptr
             ? 0
             : own->counters[index].load(std::memory_order_relaxed) - impl_->at_join[index];
}

bool ControlSegment::try_acquire(Quota quota, std::string_view user, std::uint32_t limit) noexcept {
  Slot* const own = impl_->own_slot();
  if (own == nullptr) {
    return false;
  }
  const auto index = static_cast<std::size_t>(quota);
  const std::uint64_t hash = control::user_hash_of(impl_->segment(), user);
  const std::lock_guard<std::mutex> guard(impl_->users_mutex);
  if (!control::add_user(*own, index, hash)) {
    return false;
  }
  if (control::count_user(impl_->segment(), index, hash) > limit) {
    control::remove_user(*own, index, hash);
    return false;
  }
  return true;
}

void ControlSegment::release(Quota quota, std::string_view user) noexcept {
  if (Slot* const own = impl_->own_slot(); own != nullptr) {
    const std::lock_guard<std::mutex> guard(impl_->users_mutex);
    control::remove_user(*own, static_cast<std::size_t>(quota),
                         control::user_hash_of(impl_->segment(), user));
  }
}

std::uint32_t ControlSegment::in_use(Quota quota, std::string_view user) const noexcept {
  const std::uint64_t sum = control::count_user(impl_->segment(), static_cast<std::size_t>(quota),
                                                control::user_hash_of(impl_->segment(), user));
  return sum < UINT32_MAX ? static_cast<std::uint32_t>(sum) : UINT32_MAX;
}

bool ControlSegment::revoke(RevocationKind kind, std::string_view subject,
                            std::optional<std::chrono::milliseconds> keep) noexcept {
  RevocationRecord record;
  record.key = control::revocation_key(static_cast<std::uint32_t>(kind), subject);
  const Impl::Lock lock(*impl_);
  record.time = impl_->clock.wall_now();
  if (keep) {
    record.until = record.time + std::min<std::chrono::milliseconds>(*keep, kLongestKeep);
  }
  return control::add_revocation(impl_->segment(), record, record.time);
}

bool ControlSegment::undo_revocation(RevocationKind kind, std::string_view subject) noexcept {
  const Impl::Lock lock(*impl_);
  return control::remove_revocation(
      impl_->segment(), control::revocation_key(static_cast<std::uint32_t>(kind), subject));
}

std::optional<RevocationRecord> ControlSegment::revocation_of(
    RevocationKind kind, std::string_view subject) const noexcept {
  return control::revocation_of(impl_->segment(),
                                control::revocation_key(static_cast<std::uint32_t>(kind), subject),
                                impl_->clock.wall_now());
}

std::uint64_t ControlSegment::revocation_generation() const noexcept {
  return impl_->segment().revocation_generation.load();  // SYNC(revocation_generation): load
}

bool ControlSegment::is_revoked(std::string_view user, std::string_view token_id,
                                std::optional<WallTime> issued) const noexcept {
  if (n_revocations() == 0) {
    return false;
  }
  const WallTime now = impl_->clock.wall_now();
  const auto find = [this, now](RevocationKind kind, std::string_view subject) {
    return control::find_revocation(
        impl_->segment(), control::revocation_key(static_cast<std::uint32_t>(kind), subject), now);
  };
  if (!token_id.empty() && find(RevocationKind::kTokenId, token_id)) {
    return true;
  }
  const std::optional<WallTime> revoked = find(RevocationKind::kUser, user);
  return revoked && (!issued || *issued <= *revoked);
}

std::size_t ControlSegment::n_revocations() const noexcept {
  return std::min<std::uint64_t>(impl_->segment().revocation_count.load(), kMaxRevocations);
}

std::vector<RevocationRecord> ControlSegment::revocations() const {
  return control::list_revocations(impl_->segment());
}

std::size_t ControlSegment::restore_revocations(
    std::span<const RevocationRecord> records) noexcept {
  const Impl::Lock lock(*impl_);
  const WallTime now = impl_->clock.wall_now();
  std::size_t n_left = 0;
  for (const RevocationRecord& record : records) {
    const bool is_over = record.until && *record.until <= now;
    if (!is_over && !control::add_revocation(impl_->segment(), record, now)) {
      ++n_left;
    }
  }
  return n_left;
}

std::size_t ControlSegment::forget_revocations(std::chrono::milliseconds keep) noexcept {
  const Impl::Lock lock(*impl_, false);
  return lock.held() ? control::forget_revocations(impl_->segment(), keep, impl_->clock.wall_now())
                     : 0;
}

void ControlSegment::set_saved_revocations(SavedRevocations saved) noexcept {
  impl_->segment().revocation_save_error.store(static_cast<std::uint64_t>(saved.error));
  impl_->segment().revocation_saved.store(saved.generation);  // SYNC(revocation_saved): store
}

ControlSegment::SavedRevocations ControlSegment::saved_revocations() const noexcept {
  const std::uint64_t generation =
      impl_->segment().revocation_saved.load();  // SYNC(revocation_saved): load
  return {generation, static_cast<int>(impl_->segment().revocation_save_error.load())};
}

std::array<std::uint64_t, 2> ControlSegment::key_for(std::string_view purpose) const noexcept {
  const std::string name(purpose);
  return {control::user_hash_of(impl_->segment(), "key 1: " + name),
          control::user_hash_of(impl_->segment(), "key 2: " + name)};
}

void ControlSegment::request_drain(std::uint32_t pid, std::chrono::milliseconds spread) noexcept {
  const Impl::Lock lock(*impl_);
  for (Slot& slot : impl_->segment().slots) {
    const std::uint64_t owner = slot.pid.load();
    if (owner != 0 && slot.kind.load() == static_cast<std::uint64_t>(ProcessKind::kPlugin) &&
        (pid == 0 || owner == pid)) {
      slot.drain_spread_ms.store(spread.count() > 0 ? static_cast<std::uint64_t>(spread.count())
                                                    : 0);
      slot.drain_generation.fetch_add(1);  // SYNC(drain): store
    }
  }
}

ControlSegment::DrainRequest ControlSegment::drain_request() const noexcept {
  constexpr std::uint64_t kMaxSpreadMs = std::uint64_t{24} * 3600 * 1000;
  const Slot* const own = impl_->own_slot();
  if (own == nullptr) {
    return {};
  }
  const std::uint64_t generation = own->drain_generation.load();  // SYNC(drain): load
  const std::uint64_t spread_ms = own->drain_spread_ms.load();
  return {generation,
          std::chrono::milliseconds(spread_ms < kMaxSpreadMs ? spread_ms : kMaxSpreadMs)};
}

std::vector<ProcessInfo> ControlSegment::processes() const {
  std::vector<ProcessInfo> living;
  std::uint32_t index = 0;
  for (const Slot& slot : impl_->segment().slots) {
    const std::uint64_t pid = slot.pid.load();  // SYNC(slot): load
    if (pid != 0 && pid <= UINT32_MAX && impl_->is_alive(slot)) {
      ProcessInfo info;
      info.slot = index;
      info.kind = static_cast<ProcessKind>(slot.kind.load());
      info.pid = static_cast<std::uint32_t>(pid);
      info.started = wall_from_ns(static_cast<std::int64_t>(slot.started_ns.load()));
      info.heartbeat = wall_from_ns(static_cast<std::int64_t>(slot.heartbeat_ns.load()));
      info.draining = slot.draining.load() != 0;
      living.push_back(info);
    }
    ++index;
  }
  return living;
}

}  // namespace ringside
