// Eviction looks from the oldest end; what is claimed is passed over, and there are no more of those than requests.
#include "worker/ingest/idempotency_keys.hpp"

#include <iterator>
#include <utility>

#include "core/base/check.hpp"

namespace ringside {

IdempotencyKeys::Claim::~Claim() {
  entry_->is_claimed = false;
  if (entry_->progress.n_events == 0) {
    keys_->forget(entry_);  // nothing to remember
    return;
  }
  keys_->make_room(std::string(entry_->user));
}

const IdempotencyKeys::Progress& IdempotencyKeys::Claim::before() const noexcept {
  return entry_->progress;
}

void IdempotencyKeys::Claim::note(Progress progress) {
  entry_->progress = std::move(progress);
  entry_->used = keys_->clock_.mono_now();
  keys_->entries_.splice(keys_->entries_.end(), keys_->entries_, entry_);
  keys_->charge(*entry_);
}

std::unique_ptr<IdempotencyKeys::Claim> IdempotencyKeys::claim(IngestKind kind,
                                                               std::string_view user,
                                                               std::string_view key) {
  const MonoTime now = clock_.mono_now();
  forget_old(now);
  std::string name(info_of(kind).name);
  name.append("|")
      .append(std::to_string(user.size()))
      .append("|")
      .append(user)
      .append("|")
      .append(key);
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    const Entries::iterator entry = found->second;
    if (entry->is_claimed) {
      return nullptr;
    }
    entry->is_claimed = true;
    entry->used = now;
    entries_.splice(entries_.end(), entries_, entry);
    return std::make_unique<Claim>(*this, entry);
  }
  entries_.push_back({std::move(name), std::string(user), {}, now, 0, true});
  const Entries::iterator entry = std::prev(entries_.end());
  by_name_.emplace(entry->name, entry);
  charge(*entry);
  return std::make_unique<Claim>(*this, entry);
}

void IdempotencyKeys::charge(Entry& entry) {
  // A list's node, a table's node and the strings' own blocks.
  constexpr std::size_t kOverhead = 160;
  std::size_t n = sizeof(Entry) + kOverhead + entry.name.capacity() + entry.user.capacity();
  for (const IngestReport::Rejected& each : entry.progress.report.rejected) {
    n += sizeof each + each.message.capacity();
  }
  n_bytes_ = n_bytes_ - entry.n_bytes + n;
  std::size_t& of_user = bytes_of_user_[entry.user];
  of_user = of_user - entry.n_bytes + n;
  entry.n_bytes = n;
}

void IdempotencyKeys::forget(Entries::iterator entry) noexcept {
  n_bytes_ -= entry->n_bytes;
  const auto of_user = bytes_of_user_.find(entry->user);
  RS_CHECK(of_user != bytes_of_user_.end());
  of_user->second -= entry->n_bytes;
  if (of_user->second == 0) {
    bytes_of_user_.erase(of_user);
  }
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

void IdempotencyKeys::make_room(const std::string& user) noexcept {
  const auto used_by_user = [&] {
    const auto found = bytes_of_user_.find(user);
    return found == bytes_of_user_.end() ? 0 : found->second;
  };
  for (auto at = entries_.begin(); at != entries_.end() && used_by_user() > room_ / kUserShare;) {
    const auto entry = at++;
    if (!entry->is_claimed && entry->user == user) {
      forget(entry);
      ++n_evicted_;
    }
  }
  for (auto at = entries_.begin(); at != entries_.end() && n_bytes_ > room_;) {
    const auto entry = at++;
    if (!entry->is_claimed) {
      forget(entry);
      ++n_evicted_;
    }
  }
}

void IdempotencyKeys::forget_old(MonoTime now) noexcept {
  for (auto at = entries_.begin(); at != entries_.end() && now - at->used > kMaxAge;) {
    const auto entry = at++;
    if (!entry->is_claimed) {
      forget(entry);
    }
  }
}

}  // namespace ringside
