#pragma once
// FrameCache: the frames of one view in one shape (batch size, compression), rendered once and sent
// to every connection that stands at the same place. A piece of the stream so rendered is a Chunk.
//
// Chunks end at fixed sequence numbers (multiples of kAlignment), so that connections that fell
// behind by different amounts meet at the next boundary and share again. Threads: the lws service
// thread only.

#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/ring/types.hpp"
#include "module/delivery/record_cache.hpp"
#include "module/delivery/view.hpp"
#include "module/transport/frame.hpp"

namespace ringside {

struct Chunk {
  static constexpr std::uint64_t kMaxRecords = 256;
  Seq begin;
  Seq end;            // the next sequence wanted after this chunk
  bool lost = false;  // [begin, end) is no longer to be had; no frames
  FrameBuffer frames;
  std::uint32_t n_events = 0;  // in frames
  std::uint32_t n_frames = 0;
  std::uint32_t n_denied = 0;    // records that the role hides
  std::uint32_t n_filtered = 0;  // records that the subscription leaves out
  Seq first_event;               // of those in frames
  Seq last_event;
  WallTime oldest;                    // receive time of the first event
  std::bitset<kMaxRecords> selected;  // which of [begin, end) are in frames
};

struct FrameShape {
  unsigned batch_size = 10;
  bool compressed = false;
  [[nodiscard]] bool operator==(const FrameShape&) const = default;
};

// Holds the chunks of all FrameCaches of a process within one bound; the oldest goes first. Knows
// the latest chunk at each place for those whose filter is another and selects the same.
class ChunkStore {
 public:
  explicit ChunkStore(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  void keep(std::shared_ptr<Chunk> chunk, const RoleView& role, FrameShape shape);
  // The latest chunk that begins at `from` and was rendered for this role in this shape; may be
  // null.
  [[nodiscard]] std::shared_ptr<Chunk> latest(Seq from, const RoleView& role,
                                              FrameShape shape) const;
  void clear() noexcept;

 private:
  struct Place {
    std::string role;
    FrameShape shape;
    std::weak_ptr<Chunk> chunk;
  };
  static constexpr std::size_t kPlaces = 64;
  std::array<Place, kPlaces> places_;
  std::size_t max_bytes_;
  std::size_t n_bytes_ = 0;
  std::deque<std::shared_ptr<Chunk>> chunks_;
};

// What renderers of one process share.
struct RenderContext {
  RecordCache& records;
  ChunkStore& chunks;
  Deflater& deflater;
  const Clock& clock;
  std::uint64_t n_frames_rendered = 0;
};

class FrameCache {
 public:
  static constexpr std::uint64_t kAlignment = Chunk::kMaxRecords;
  static constexpr std::size_t kMaxChunkBytes =
      96u << 10u;  // below tx_packet_size, so that one chunk is one system call

  FrameCache(std::shared_ptr<const View> view, FrameShape shape)
      : view_(std::move(view)), shape_(shape) {}

  // The chunk that begins at `from`, up to but not including `limit` (at most head + 1). Valid
  // until the next call.
  [[nodiscard]] std::shared_ptr<Chunk> chunk(RenderContext& context, Seq from, Seq limit);
  // The same for one connection alone, with at most `max_events` events; not kept.
  [[nodiscard]] std::shared_ptr<Chunk> render(RenderContext& context, Seq from, Seq limit,
                                              std::uint32_t max_events);

  [[nodiscard]] const View& view() const noexcept { return *view_; }
  [[nodiscard]] const std::shared_ptr<const View>& shared_view() const noexcept { return view_; }
  [[nodiscard]] FrameShape shape() const noexcept { return shape_; }

 private:
  [[nodiscard]] std::shared_ptr<Chunk> chunk_of_a_like_view(RenderContext& context, Seq from,
                                                            Seq limit);
  [[nodiscard]] bool selects_the_same(RenderContext& context, const Chunk& chunk) const;

  std::shared_ptr<const View> view_;
  FrameShape shape_;
  unsigned n_unlike_ = 0;  // times in a row that another view's chunk was of no use
  // The chunks that were made lately, each in the slot of its first sequence; made with the first.
  // A connection that takes half a MiB in a turn goes through six of them before the next one asks
  // for the first again.
  static constexpr std::size_t kSlots = 32;
  [[nodiscard]] static std::size_t slot_of(Seq begin) noexcept {
    return static_cast<std::size_t>((begin.value * 0x9e3779b97f4a7c15u) >> 59u);
  }
  std::vector<std::weak_ptr<Chunk>> recent_;
};

// Collects event texts into frames of at most `shape.batch_size` events: one alone goes as itself,
// more as a batch envelope.
class BatchWriter {
 public:
  BatchWriter(RenderContext& context, FrameShape shape, Chunk& out)
      : context_(context), shape_(shape), out_(out) {}
  void add(std::string_view event_text);
  void finish();  // writes what is left

 private:
  RenderContext& context_;
  FrameShape shape_;
  Chunk& out_;
  unsigned n_pending_ = 0;  // events in the frame that is being written
};

}  // namespace ringside
