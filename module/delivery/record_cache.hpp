#pragma once
// RecordCache: the events that sessions of this process are looking at now, copied out of the ring
// or the segments on disk once and parsed at most once, whatever the number of connections. The head
// of the stream stays in it; history is loaded block by block as replays ask for it, and the least
// recently used block goes first when the cache is full.
//
// Threads: the lws service thread only.

#include <array>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/base/json.hpp"
#include "core/event/event_view.hpp"
#include "core/event/path_memo.hpp"
#include "core/policy/access.hpp"
#include "core/ring/reader.hpp"
#include "core/segments/history.hpp"
#include "module/delivery/block_columns.hpp"

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
  static constexpr std::uint64_t kBlockRecords = BlockColumns::kRecords;

  RecordCache(const RingReader& reader, std::size_t max_bytes);

  // Reads what is new in the ring, at most `max_records` and, after the first, `max_bytes`. Returns whether there may be
  // more.
  bool read_new(std::size_t max_records,
                std::size_t max_bytes = std::numeric_limits<std::size_t>::max());
  // Forgets everything and continues after the newest record: what came meanwhile is history.
  void skip_to_head();
  // The last sequence that read_new() has seen: the head, as far as sessions are concerned.
  [[nodiscard]] Seq head() const noexcept { return head_; }

  // The ring with what is on disk before it.
  [[nodiscard]] History& history() noexcept { return history_; }

  // As long as one exists, find() looks for what the ring has lost on disk, too. Not for what is live: a connection that is
  // slower than the ring is told what it has missed, and does not read files for everybody to wait for.
  class WithDisk {
   public:
    explicit WithDisk(RecordCache& cache, bool yes = true) noexcept
        : cache_(cache),
          before_(std::exchange(cache.with_disk_, yes && cache.history_.has_segments())) {}
    ~WithDisk() { cache_.with_disk_ = before_; }
    WithDisk(const WithDisk&) = delete;
    WithDisk& operator=(const WithDisk&) = delete;

   private:
    RecordCache& cache_;
    bool before_;
  };

  // What is at `seq`.
  struct Lookup {
    CachedRecord* record =
        nullptr;  // valid until the next find() or read_new(); null: not to be had
    Seq next;     // when null: the oldest sequence at or after `seq` that is (or will be) to be had
  };
  // `seq` must be at most head().  Cost: a hash look-up every kBlockRecords records when called in
  // order; a ring seek and kBlockRecords copies where the block is not held.
  [[nodiscard]] Lookup find(Seq seq);

  // The records of [from, end), which lie in one block, with its columns. Valid until the next find() or read_new().
  struct Range {
    BlockColumns* columns = nullptr;  // null when a record of the range is not there
    CachedRecord* records = nullptr;  // of the whole block, by slot
    BlockColumns::Slots slots = 0;    // of the range
  };
  [[nodiscard]] Range range(Seq from, Seq end);
  // Charges what the columns of the block of `from` have grown by.
  void charge_columns(Seq from);

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
    bool has_disk = false;            // what is on disk was loaded, too
    BlockColumns::Slots present = 0;  // as in `records`
    BlockColumns columns;
    std::size_t n_column_bytes = 0;  // that are charged
  };
  using Blocks = std::list<Block>;  // most recently used first

  Block& block_for(std::uint64_t number);
  void store(Block& block, Record&& record);
  void load_history(std::uint64_t number);
  [[nodiscard]] Seq read_one(Seq seq);
  void evict(std::uint64_t keep);
  void charge(const CachedRecord& cached, std::size_t n_bytes);

  const RingReader& reader_;
  History history_;
  bool with_disk_ = false;
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
