// The list of connections is one table for all processes, since a table for each would have to be as large as the largest. A
// place belongs to a slot of a process and to the incarnation of that slot, so the places of a process that died are free
// without anybody having to clear them. A full table lists no more; the connection itself is served.
//
// To cut a connection is a request that every process carries out: the list may be incomplete, and its places change hands.
// Requests are a ring, and one is refused rather than overwritten before every process has seen it.
#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "core/base/text.hpp"
#include "core/control/control_impl.hpp"
#include "core/control/user_table.hpp"

namespace ringside {
namespace {

using control::ListedConnection;
using control::Segment;
using control::Slot;

constexpr std::size_t kMaxProbes = 64;  // places that are looked at for a free one, here and there
constexpr unsigned kSlotBits = 8;
constexpr std::size_t kMaxUser = 152;
constexpr std::size_t kMaxRoles = 80;
constexpr std::size_t kMaxAddress = 48;
constexpr std::size_t kTextBytes = control::kListedTextWords * sizeof(std::uint64_t);
static_assert(kMaxUser + kMaxRoles + kMaxAddress <= kTextBytes);
static_assert(control::kSlots < (1U << kSlotBits));
constexpr int kMaxReads = 8;  // of an entry that is being written

[[nodiscard]] std::uint64_t owner_of(const Segment& segment, const Slot& slot) noexcept {
  return slot.incarnation.load() << kSlotBits |
         (static_cast<std::uint64_t>(&slot - segment.slots) + 1);
}

// The slot of an owner that has not left; null for a free place.
[[nodiscard]] const Slot* living_owner(const Segment& segment, std::uint64_t owner) noexcept {
  const std::uint64_t number = owner & ((1U << kSlotBits) - 1);
  if (number == 0 || number > control::kSlots) {
    return nullptr;
  }
  const Slot& slot = segment.slots[number - 1];
  return slot.pid.load() != 0 && slot.incarnation.load() == owner >> kSlotBits ? &slot : nullptr;
}

// Spreads numbers that follow each other over all numbers (the finalizer of splitmix64).
[[nodiscard]] std::uint64_t mixed(std::uint64_t number) noexcept {
  number = (number ^ number >> 30U) * 0xbf58476d1ce4e5b9;
  number = (number ^ number >> 27U) * 0x94d049bb133111eb;
  return number ^ number >> 31U;
}

// At most `max` bytes, cut between two characters.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t max) {
  constexpr std::string_view kDots = "...";
  if (text.size() <= max) {
    return std::string(text);
  }
  std::size_t n = max - kDots.size();
  while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0U) == 0x80U) {
    --n;
  }
  return std::string(text.substr(0, n)) + std::string(kDots);
}

void store_numbers(ListedConnection& entry, const ConnectionNumbers& numbers) noexcept {
  entry.behind.store(numbers.behind, std::memory_order_relaxed);
  entry.sent.store(numbers.sent, std::memory_order_relaxed);
  entry.bytes.store(numbers.bytes, std::memory_order_relaxed);
  entry.missed.store(numbers.missed, std::memory_order_relaxed);
  entry.view.store(numbers.view, std::memory_order_relaxed);
}

[[nodiscard]] std::uint64_t form_of(std::uint8_t endpoint, std::uint8_t transport,
                                    const std::array<std::string, 3>& texts) noexcept {
  std::uint64_t form = endpoint | std::uint64_t{transport} << 8U;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    form |= static_cast<std::uint64_t>(texts[i].size()) << (16U + 8U * i);
  }
  return form;
}

void write(ListedConnection& entry, const ConnectionInfo& info, std::uint64_t user_hash) {
  const std::array<std::string, 3> texts{clipped(info.user, kMaxUser),
                                         clipped(info.roles, kMaxRoles),
                                         clipped(info.address, kMaxAddress)};
  std::array<char, kTextBytes> bytes{};
  std::size_t at = 0;
  for (const std::string& text : texts) {
    std::memcpy(bytes.data() + at, text.data(), text.size());
    at += text.size();
  }
  entry.version.fetch_add(1);  // SYNC(listed): store
  entry.id.store(info.id);
  entry.user_hash.store(user_hash);
  entry.form.store(form_of(info.endpoint, info.transport, texts));
  entry.since_ns.store(static_cast<std::uint64_t>(to_ns(info.since)));
  store_numbers(entry, info.numbers);
  for (std::size_t i = 0; i < control::kListedTextWords; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i * sizeof word, sizeof word);
    entry.texts[i].store(word);
  }
  entry.version.fetch_add(1);  // SYNC(listed): store
}

// What is in the entry, as far as it can be believed. False when it does not come to rest.
[[nodiscard]] bool read(const ListedConnection& entry, ConnectionInfo& out) {
  for (int attempt = 0; attempt < kMaxReads; ++attempt) {
    const std::uint64_t version = entry.version.load();  // SYNC(listed): load
    if (version % 2 != 0) {
      continue;
    }
    out.id = entry.id.load();
    const std::uint64_t form = entry.form.load();
    out.since = wall_from_ns(static_cast<std::int64_t>(entry.since_ns.load()));
    out.numbers = {entry.behind.load(), entry.sent.load(), entry.bytes.load(), entry.missed.load(),
                   entry.view.load()};
    std::array<char, kTextBytes> bytes{};
    for (std::size_t i = 0; i < control::kListedTextWords; ++i) {
      const std::uint64_t word = entry.texts[i].load();
      std::memcpy(bytes.data() + i * sizeof word, &word, sizeof word);
    }
    if (entry.version.load() != version) {
      continue;
    }
    out.endpoint = static_cast<std::uint8_t>(form);
    out.transport = static_cast<std::uint8_t>(form >> 8U);
    std::uint64_t lengths = form >> 16U;
    std::size_t at = 0;
    for (std::string* text : {&out.user, &out.roles, &out.address}) {
      const std::size_t n = std::min<std::size_t>(lengths & 0xFFU, bytes.size() - at);
      lengths >>= 8U;
      text->assign(bytes.data() + at, n);
      at += n;
    }
    return true;
  }
  return false;
}

}  // namespace

std::optional<std::uint32_t> ControlSegment::list_connection(const ConnectionInfo& info) {
  const Slot* const own = impl_->own_slot();
  if (own == nullptr) {
    return std::nullopt;
  }
  Segment& segment = impl_->segment();
  const std::uint64_t mine = owner_of(segment, *own);
  for (std::size_t probe = 0; probe < kMaxProbes; ++probe) {
    const std::size_t place = mixed(mine ^ ++impl_->n_probes) & (control::kListedConnections - 1);
    ListedConnection& entry = segment.connections[place];
    std::uint64_t owner = entry.owner.load();
    if (living_owner(segment, owner) == nullptr &&
        entry.owner.compare_exchange_strong(owner, mine)) {
      if (entry.version.load() % 2 != 0) {  // its last owner died while it wrote
        entry.version.fetch_add(1);
      }
      write(entry, info, control::user_hash_of(segment, info.user));
      return static_cast<std::uint32_t>(place);
    }
  }
  return std::nullopt;
}

void ControlSegment::update_connection(std::uint32_t place,
                                       const ConnectionNumbers& numbers) noexcept {
  if (place < control::kListedConnections && impl_->own_slot() != nullptr) {
    store_numbers(impl_->segment().connections[place], numbers);
  }
}

void ControlSegment::unlist_connection(std::uint32_t place) noexcept {
  const Slot* const own = impl_->own_slot();
  if (own == nullptr || place >= control::kListedConnections) {
    return;
  }
  std::uint64_t mine = owner_of(impl_->segment(), *own);
  impl_->segment().connections[place].owner.compare_exchange_strong(mine, 0);
}

ConnectionList ControlSegment::connections(std::size_t limit,
                                           const std::optional<std::string>& user) const {
  struct Found {
    std::uint64_t since_ns;
    std::uint64_t id;
    const ListedConnection* entry;
  };
  const Segment& segment = impl_->segment();
  const std::uint64_t wanted = user ? control::user_hash_of(segment, *user) : 0;
  const auto is_wanted = [&](const ListedConnection& entry) {
    return !user || entry.user_hash.load() == wanted;
  };
  std::vector<Found> found;
  for (const ListedConnection& entry : segment.connections) {
    if (living_owner(segment, entry.owner.load()) != nullptr && is_wanted(entry)) {
      found.push_back({entry.since_ns.load(), entry.id.load(), &entry});
    }
  }
  const std::size_t n_listed = std::min(limit, found.size());
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(n_listed);
  std::partial_sort(found.begin(), end, found.end(), [](const Found& a, const Found& b) {
    return a.since_ns != b.since_ns ? a.since_ns < b.since_ns : a.id < b.id;
  });
  ConnectionList list;
  list.n_left_out = found.size() - n_listed;
  list.connections.reserve(n_listed);
  for (auto at = found.begin(); at != end; ++at) {
    ConnectionInfo info;
    // Meanwhile the place may have become free, or another connection's.
    if (!read(*at->entry, info) || info.id != at->id || !is_wanted(*at->entry)) {
      continue;
    }
    if (const Slot* const slot = living_owner(segment, at->entry->owner.load())) {
      info.pid = static_cast<std::uint32_t>(slot->pid.load());
      list.connections.push_back(std::move(info));
    }
  }
  return list;
}

std::uint64_t ControlSegment::cut_key_of(std::string_view user) const noexcept {
  return control::user_hash_of(impl_->segment(), user);
}

bool ControlSegment::request_cut(CutRequest request, bool waits) noexcept {
  const Impl::Lock lock(*impl_, waits);
  if (!lock.held()) {
    return false;
  }
  Segment& segment = impl_->segment();
  const std::uint64_t newest = segment.cut_generation.load();
  for (const Slot& slot : segment.slots) {
    if (slot.pid.load() != 0 &&
        slot.kind.load() == static_cast<std::uint64_t>(ProcessKind::kPlugin) &&
        newest - slot.cuts_seen.load() >= control::kCutRequests && impl_->is_alive(slot)) {
      return false;
    }
  }
  control::CutRequest& place = segment.cuts[(newest + 1) % control::kCutRequests];
  place.kind.store(static_cast<std::uint64_t>(request.kind));
  place.key.store(request.key);
  segment.cut_generation.store(newest + 1);  // SYNC(cuts): store
  return true;
}

std::vector<ControlSegment::CutRequest> ControlSegment::take_cuts() {
  std::vector<CutRequest> requests;
  Slot* const own = impl_->own_slot();
  if (own == nullptr) {
    return requests;
  }
  const Segment& segment = impl_->segment();
  const std::uint64_t newest = segment.cut_generation.load();  // SYNC(cuts): load
  std::uint64_t seen = own->cuts_seen.load();
  if (newest == seen) {
    return requests;
  }
  if (newest - seen > control::kCutRequests) {  // someone has written over the segment
    seen = newest - control::kCutRequests;
  }
  while (seen != newest) {
    const control::CutRequest& place = segment.cuts[++seen % control::kCutRequests];
    requests.push_back({static_cast<CutKind>(place.kind.load()), place.key.load()});
  }
  own->cuts_seen.store(newest);
  return requests;
}

}  // namespace ringside
