#pragma once
// FrameCache: the bytes that a view makes of the stream, rendered once for every connection that has the same view and the
// same shape, and is at the same place.  Threads: the lws service thread only.

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.hpp"
#include "module/delivery/chunk.hpp"
#include "module/delivery/hidden_ids.hpp"
#include "module/delivery/record_cache.hpp"
#include "module/delivery/view.hpp"
#include "module/work_budget.hpp"

namespace ringside {

// What the renderers of one process share.
struct RenderContext {
  RecordCache& records;
  ChunkStore& chunks;
  const Clock& clock;
  const Lineage& lineage;
  const HiddenIds*
      ids;  // null while there is no control segment, and nobody whose rows are limited
  WorkBudget* budget = nullptr;  // what rendering spends from; set by WorkScope
  std::uint64_t n_frames_rendered = 0;
};

// Gives a context the budget that work within the scope spends from.
class WorkScope {
 public:
  WorkScope(RenderContext& context, WorkBudget& budget) noexcept
      : context_(context), before_(std::exchange(context.budget, &budget)) {}
  ~WorkScope() { context_.budget = before_; }
  WorkScope(const WorkScope&) = delete;
  WorkScope& operator=(const WorkScope&) = delete;

 private:
  RenderContext& context_;
  WorkBudget* before_;
};

class FrameCache {
 public:
  static constexpr std::uint64_t kAlignment = Chunk::kMaxRecords;
  // Below the host's largest write, so that one chunk is one system call.
  static constexpr std::size_t kMaxChunkBytes = 96u << 10u;

  // `number` tells the caches of a hub apart, in the order in which they were made.
  FrameCache(std::shared_ptr<const View> view, FrameShape shape, std::uint64_t number)
      : view_(std::move(view)), shape_(shape), number_(number) {}

  // The chunk that begins at `from`, up to but not including `limit` (at most head + 1). It covers at least one record,
  // and ends early when the budget does.
  [[nodiscard]] std::shared_ptr<Chunk> chunk(RenderContext& context, Seq from, Seq limit);
  // The same for one connection alone, with at most `max_events` events; not kept.
  [[nodiscard]] std::shared_ptr<Chunk> render(RenderContext& context, Seq from, Seq limit,
                                              std::uint32_t max_events);

  [[nodiscard]] const View& view() const noexcept { return *view_; }
  [[nodiscard]] FrameShape shape() const noexcept { return shape_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  // What can be passed over without a chunk, from `from` on: records that the view does not select.
  struct Passed {
    Seq end;  // the first record that has to be looked at, or `limit`, or where the budget ended
    std::uint32_t n_denied = 0;
    std::uint32_t n_filtered = 0;
  };
  //   Cost: that of a comparison for each connection after the first that asks the same.
  [[nodiscard]] Passed pass_over(RenderContext& context, Seq from, Seq limit);

 private:
  // The candidates of one block, as far as they are known.
  struct Known {
    Seq end{0};
    BlockColumns::Slots candidates = 0;
    BlockColumns::Slots denied = 0;
  };
  [[nodiscard]] Passed pass_over(RenderContext& context, Seq from, Seq limit, Known& known) const;
  [[nodiscard]] std::shared_ptr<Chunk> chunk_of_a_like_view(RenderContext& context, Seq from,
                                                            Seq limit);
  [[nodiscard]] bool selects_the_same(RenderContext& context, const Chunk& chunk) const;

  struct LastPassed {
    Epoch epoch{0};
    Seq from{0};
    Seq limit{0};
    Passed passed{Seq{0}};
  };

  std::shared_ptr<const View> view_;
  LastPassed last_passed_;
  FrameShape shape_;
  std::uint64_t number_;
  unsigned n_unlike_ = 0;  // times in a row that another view's chunk was of no use
  // The chunks that were made lately, each in the slot of its first sequence; made with the first. A connection that takes
  // half a MiB in a turn goes through six of them before the next one asks for the first again.
  static constexpr std::size_t kSlots = 32;
  [[nodiscard]] static std::size_t slot_of(Seq begin) noexcept {
    return static_cast<std::size_t>((begin.value * 0x9e3779b97f4a7c15u) >> 59u);
  }
  std::vector<std::weak_ptr<Chunk>> recent_;
};

// Collects events into batches of at most `shape.batch_size`. Their ids are hidden from a role that may not see all rows.
class BatchWriter {
 public:
  BatchWriter(RenderContext& context, const RoleView& role, FrameShape shape, Chunk& out)
      : context_(context), hides_ids_(role.hides_rows()), shape_(shape), out_(out) {}
  void add(Seq seq, std::string_view event_text);
  void finish();  // writes the events that are left

 private:
  RenderContext& context_;
  bool hides_ids_;
  FrameShape shape_;
  Chunk& out_;
  unsigned n_pending_ = 0;  // events in the batch that is being written
};

}  // namespace ringside
