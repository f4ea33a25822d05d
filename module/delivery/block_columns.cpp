// Why columns of records and not an index of views: it has nothing to keep up to date when clients subscribe, leave or
// renew their token, it serves history as it serves what is live, and what it costs is bounded by the block.
#include "module/delivery/block_columns.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ringside {
namespace {

constexpr BlockColumns::Slots bit(std::size_t slot) noexcept {
  return BlockColumns::Slots{1} << slot;
}

// The slots whose hash is `wanted`, four compared at once.
BlockColumns::Slots equal_slots(const std::array<std::uint32_t, BlockColumns::kRecords>& hashes,
                                std::uint32_t wanted) noexcept {
  using Words = std::uint32_t __attribute__((vector_size(16)));
  constexpr std::size_t kWidth = 4;
  constexpr std::size_t kHalf = 32;
  BlockColumns::Slots found = 0;
  for (std::size_t half = 0; half < 2; ++half) {
    const Words same = {wanted, wanted, wanted, wanted};
    Words bits = {1, 2, 4, 8};
    Words sum = {0, 0, 0, 0};
    for (std::size_t i = 0; i < kHalf; i += kWidth) {
      Words words;
      std::memcpy(&words, hashes.data() + half * kHalf + i, sizeof words);
      sum |= bits & static_cast<Words>(words == same);  // true is all ones
      bits <<= kWidth;
    }
    found |= static_cast<BlockColumns::Slots>(sum[0] | sum[1] | sum[2] | sum[3]) << (half * kHalf);
  }
  return found;
}

}  // namespace

const std::vector<BlockColumns::Name>& BlockColumns::names(Slots wanted, const ReadEvent& read) {
  for (Slots missing = wanted & ~named_; missing != 0; missing &= missing - 1) {
    const auto slot = static_cast<std::size_t>(std::countr_zero(missing));
    const std::optional<EventView> read_event = read(slot, false);
    if (!read_event) {
      break;
    }
    const EventView& event = *read_event;
    named_ |= bit(slot);
    const auto at = std::ranges::find_if(names_, [&](const Name& name) {
      return name.type == event.type && name.name == event.name;
    });
    Name& name = at != names_.end()
                     ? *at
                     : names_.emplace_back(Name{event.type, std::string(event.name), 0});
    name.slots |= bit(slot);
  }
  return names_;
}

BlockColumns::Slots BlockColumns::matching(const IndexedCondition& condition, Slots wanted,
                                           const ReadEvent& read) {
  Column* const column = column_of(condition.member);
  if (column == nullptr) {
    return wanted;
  }
  if (const Slots missing = wanted & ~column->filled; missing != 0) {
    fill(*column, missing, read);
  }
  Slots found = 0;
  for (const std::uint32_t hash : condition.hashes) {
    found |= equal_slots(column->hashes, hash);
  }
  return wanted & ((found & column->has_hash) | column->may_be_any | ~column->filled);
}

BlockColumns::Column* BlockColumns::column_of(const IndexedMember& member) {
  const auto at =
      std::ranges::find_if(columns_, [&](const Column& column) { return column.member == member; });
  if (at != columns_.end()) {
    return &*at;
  }
  if (columns_.size() == kMostColumns) {
    return nullptr;
  }
  return &columns_.emplace_back(Column{member});
}

void BlockColumns::fill(Column& column, Slots missing, const ReadEvent& read) {
  for (; missing != 0; missing &= missing - 1) {
    const auto slot = static_cast<std::size_t>(std::countr_zero(missing));
    const std::optional<EventView> event = read(slot, true);
    if (!event) {
      return;
    }
    column.filled |= bit(slot);
    if (!event->root.present()) {
      continue;  // no filter passes what does not parse
    }
    const IndexedMember::Hash hash = column.member.hash_in(*event);
    column.hashes[slot] = hash.value;
    column.has_hash |= hash.kind == IndexedMember::Hash::Kind::kOne ? bit(slot) : 0;
    column.may_be_any |= hash.kind == IndexedMember::Hash::Kind::kAny ? bit(slot) : 0;
  }
}

void BlockColumns::forget(std::size_t slot) noexcept {
  if ((named_ & bit(slot)) != 0) {
    named_ &= ~bit(slot);
    for (Name& name : names_) {
      name.slots &= ~bit(slot);
    }
  }
  for (Column& column : columns_) {
    column.filled &= ~bit(slot);
    column.has_hash &= ~bit(slot);
    column.may_be_any &= ~bit(slot);
  }
}

std::size_t BlockColumns::n_bytes() const noexcept {
  std::size_t n_bytes = columns_.capacity() * sizeof(Column) + names_.capacity() * sizeof(Name);
  for (const Name& name : names_) {
    n_bytes += name.name.capacity();
  }
  return n_bytes;
}

}  // namespace ringside
