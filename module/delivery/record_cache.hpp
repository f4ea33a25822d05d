#pragma once
// RecordCache: the events that sessions of this process are looking at now, copied out of the ring
// once and parsed at most once, whatever the number of connections. The head of the stream stays in
// it; history is loaded block by block as replays ask for it, and the least recently used block
// goes first when the cache is full.
//
// Threads: the lws service thread only.

#include <array>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/base/json.hpp"
#include "core/event/event_view.hpp"
#include "core/event/path_memo.hpp"
#include "core/policy/access.hpp"
#include "core/ring/reader.hpp"

namespace ringside {

// One event in private memory.
struct CachedRecord {
  Record record;
  Json parsed;           // made by view_of(..., true)
  bool present = false;  // false: lost before it could be read
  Json projected;        // without the members that the roles of `projected_for` may not see
  std::string projected_text;
  std::string projected_for;       // RoleView::projection_key(), empty: none
  std::unique_ptr<PathMemo> memo;  // of `parsed` or `projected`

  void forget_parsed() {
    parsed = Json();
    projected = Json();
    projected_text = std::string();
    projected_for.clear();
    memo.reset();
  }
};

class RecordCache {
 public:
  static constexpr std::uint64_t kBlockRecords = 64;

  RecordCache(const RingReader& reader, std::size_t max_bytes);

  // Reads what is new in the ring, at most `max_records` and, after the first, `max_bytes`. Returns whether there may be
  // more.
  bool read_new(std::size_t max_records,
                std::size_t max_bytes = std::numeric_limits<std::size_t>::max());
  // Forgets everything and continues after the newest record: what came meanwhile is history.
  void skip_to_head();
  // The last sequence that read_new() has seen: the head, as far as sessions are concerned.
  [[nodiscard]] Seq head() const noexcept { return head_; }

  // What is at `seq`.
  struct Lookup {
    CachedRecord* record =
        nullptr;  // valid until the next find() or read_new(); null: not to be had
    Seq next;     // when null: the oldest sequence at or after `seq` that is (or will be) to be had
  };
  // `seq` must be at most head().  Cost: a hash look-up every kBlockRecords records when called in
  // order; a ring seek and kBlockRecords copies where the block is not held.
  [[nodiscard]] Lookup find(Seq seq);

  // The event for policies; parsed if `with_json`. An event whose text does not parse has an absent
  // root.
  [[nodiscard]] EventView view_of(CachedRecord& record, bool with_json);
  // The same without the members that `role` hides; text and root are the projection's. Made once
  // for a run of views with one role.
  [[nodiscard]] EventView projection_of(CachedRecord& record, const RoleView& role);

  [[nodiscard]] std::uint64_t n_parsed() const noexcept { return n_parsed_; }
  // Texts that were parsed, and projections that were made: it grows when a view pays for one.
  [[nodiscard]] std::uint64_t n_made() const noexcept { return n_parsed_ + n_projected_; }
  [[nodiscard]] std::size_t n_bytes() const noexcept { return n_bytes_; }

 private:
  struct Block {
    std::uint64_t number = 0;
    std::array<CachedRecord, kBlockRecords> records;
    std::size_t n_bytes = 0;
  };
  using Blocks = std::list<Block>;  // most recently used first

  Block& block_for(std::uint64_t number);
  void store(Block& block, Record&& record);
  void load_history(std::uint64_t number);
  void evict(std::uint64_t keep);
  void charge(const CachedRecord& cached, std::size_t n_bytes);

  const RingReader& reader_;
  std::size_t max_bytes_;
  Cursor live_;
  Seq head_;
  Blocks blocks_;
  std::unordered_map<std::uint64_t, Blocks::iterator> index_;
  Block* last_found_ = nullptr;  // where find() was last: the next one is there too, as a rule
  std::size_t n_bytes_ = 0;
  std::uint64_t n_parsed_ = 0;
  std::uint64_t n_projected_ = 0;
  Record scratch_;
};

}  // namespace ringside
