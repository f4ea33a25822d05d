// One writer, many readers: the version is odd while the words change, and a reader that saw two versions reads again. A
// writer that died in the middle leaves an odd version; the next one's first write makes it even again, and until then
// readers take what is there after a few attempts: each word is sound by itself. All accesses are sequentially consistent: there
// is one a second, and ThreadSanitizer knows no fences.
#include <algorithm>
#include <cstring>

#include "core/control/control_impl.hpp"

namespace ringside {
namespace {

constexpr unsigned kLengthBits = 8;
constexpr std::uint64_t kLengthMask = (1U << kLengthBits) - 1;
constexpr std::uint64_t kServes = 1U << (2 * kLengthBits);
constexpr int kMaxAttempts = 64;

template <std::size_t kWords>
std::uint64_t put_text(control::SharedU64 (&words)[kWords], std::string_view text) noexcept {
  char bytes[kWords * sizeof(std::uint64_t)] = {};
  const std::size_t n = text.copy(bytes, sizeof bytes);
  for (std::size_t i = 0; i < kWords; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i * sizeof word, sizeof word);
    words[i].store(word);
  }
  return n;
}

template <std::size_t kWords>
std::string get_text(const control::SharedU64 (&words)[kWords], std::uint64_t n_bytes) {
  char bytes[kWords * sizeof(std::uint64_t)];
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint64_t word = words[i].load();
    std::memcpy(bytes + i * sizeof word, &word, sizeof word);
  }
  return {bytes, std::min<std::size_t>(n_bytes, sizeof bytes)};
}

[[nodiscard]] ClusterState state_of(std::uint64_t word) noexcept {
  return word <= static_cast<std::uint64_t>(ClusterState::kFenced) ? static_cast<ClusterState>(word)
                                                                   : ClusterState::kNone;
}

}  // namespace

static_assert(ClusterStatus::kMaxNodeBytes == control::kClusterNodeWords * sizeof(std::uint64_t));
static_assert(ClusterStatus::kMaxReasonBytes ==
              control::kClusterReasonWords * sizeof(std::uint64_t));

std::string_view name_of(ClusterState state) noexcept {
  constexpr std::string_view kNames[] = {"", "joining", "live", "cut", "fenced"};
  return kNames[static_cast<std::size_t>(state)];
}

void ControlSegment::set_cluster(const ClusterStatus& status) noexcept {
  control::Cluster& cluster = impl_->segment().cluster;
  const std::uint64_t version = cluster.version.load() | 1U;
  cluster.version.store(version);
  const auto state = static_cast<std::uint64_t>(status.state);
  const bool changed = cluster.state.exchange(state) != state;
  cluster.head.store(status.head);
  cluster.behind.store(status.behind);
  cluster.current_mono_ns.store(
      static_cast<std::uint64_t>(status.current.time_since_epoch().count()));
  cluster.changed_ns.store(static_cast<std::uint64_t>(to_ns(status.changed)));
  const std::uint64_t n_node = put_text(cluster.node, status.node);
  const std::uint64_t n_reason = put_text(cluster.reason, status.reason);
  const std::uint64_t serves = status.serves ? kServes : 0;
  cluster.lengths.store(n_node | n_reason << kLengthBits | serves);
  if (changed) {
    cluster.generation.fetch_add(1);
  }
  cluster.version.store(version + 1, std::memory_order_release);  // SYNC(cluster): store
}

ClusterStatus ControlSegment::cluster() const {
  const control::Cluster& cluster = impl_->segment().cluster;
  ClusterStatus status;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const std::uint64_t version =
        cluster.version.load(std::memory_order_acquire);  // SYNC(cluster): load
    status.state = state_of(cluster.state.load());
    status.head = cluster.head.load();
    status.behind = cluster.behind.load();
    status.current = MonoTime(
        std::chrono::nanoseconds(static_cast<std::int64_t>(cluster.current_mono_ns.load())));
    status.changed = wall_from_ns(static_cast<std::int64_t>(cluster.changed_ns.load()));
    const std::uint64_t lengths = cluster.lengths.load();
    status.serves = (lengths & kServes) != 0;
    status.node = get_text(cluster.node, lengths & kLengthMask);
    status.reason = get_text(cluster.reason, lengths >> kLengthBits & kLengthMask);
    if ((version & 1U) == 0 && cluster.version.load() == version) {
      break;
    }
  }
  return status;
}

std::uint64_t ControlSegment::cluster_generation() const noexcept {
  return impl_->segment().cluster.generation.load(std::memory_order_acquire);
}

}  // namespace ringside
