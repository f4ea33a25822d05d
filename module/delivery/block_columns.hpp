#pragma once
// BlockColumns: what the records of one block of the cache have at the members that filters look at: a hash for each record,
// in a column for each member. A view finds the records that it may select by comparing hashes, 64 at once, and evaluates only
// those. Columns are filled when a view asks, and for the records that it asks for.
//
// Threads: the lws service thread only.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/event_view.hpp"
#include "core/policy/filter_index.hpp"

namespace ringside {

class BlockColumns {
 public:
  static constexpr std::size_t kRecords = 64;
  using Slots = std::uint64_t;  // a bit for each record
  // Conditions on further members are not compared; all their events are evaluated.
  static constexpr std::size_t kMostColumns = 8;

  // The events of one name.
  struct Name {
    EventType type = EventType::kCustom;
    std::string name;
    Slots slots = 0;
  };
  // The event of a slot; parsed if `with_json`. Nothing when there is no time left to parse it.
  using ReadEvent = std::function<std::optional<EventView>(std::size_t slot, bool with_json)>;

  // The names of the events in `wanted`, and perhaps of others.
  [[nodiscard]] const std::vector<Name>& names(Slots wanted, const ReadEvent& read);
  // Those of `wanted` in which the condition may hold, and those that could not be read.
  [[nodiscard]] Slots matching(const IndexedCondition& condition, Slots wanted,
                               const ReadEvent& read);
  // The record of a slot is another.
  void forget(std::size_t slot) noexcept;
  [[nodiscard]] std::size_t n_bytes() const noexcept;

 private:
  struct Column {
    IndexedMember member;
    std::array<std::uint32_t, kRecords> hashes{};
    Slots filled = 0;
    Slots has_hash = 0;
    Slots may_be_any = 0;
  };
  [[nodiscard]] Column* column_of(const IndexedMember& member);
  static void fill(Column& column, Slots missing, const ReadEvent& read);

  std::vector<Name> names_;
  Slots named_ = 0;
  std::vector<Column> columns_;
};

}  // namespace ringside
