#pragma once
// Chunk: the rendered bytes of a range of the stream, as one view sees it; and the store that keeps the chunks of a process
// within one bound.  Threads: the lws service thread only.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "core/base/time.hpp"
#include "core/policy/access.hpp"
#include "core/ring/types.hpp"
#include "module/transport/encoding.hpp"
#include "module/transport/frame.hpp"

namespace ringside {

struct Chunk {
  static constexpr std::uint64_t kMaxRecords = 256;
  Seq begin;
  Seq end;            // the next sequence wanted after this chunk
  bool lost = false;  // [begin, end) was overwritten; no frames
  FrameBuffer frames;
  std::uint32_t n_events = 0;  // in frames
  std::uint32_t n_frames = 0;
  std::uint32_t n_denied = 0;    // records that the role hides
  std::uint32_t n_filtered = 0;  // records that the subscription leaves out
  Seq first_event;               // of those in frames
  Seq last_event;
  WallTime oldest;                    // receive time of the first event
  std::bitset<kMaxRecords> selected;  // which of [begin, end) are in frames

  // Of everything that it occupies.
  [[nodiscard]] std::size_t n_bytes() const noexcept { return sizeof(Chunk) + frames.capacity(); }
};

// How a connection wants its events: everything besides the view that decides on the bytes.
struct FrameShape {
  unsigned batch_size = 10;
  Encoding* encoding = nullptr;  // never null in use
  [[nodiscard]] bool operator==(const FrameShape&) const = default;
};

// Keeps the chunks of all frame caches within one bound; the oldest goes first. Knows the latest chunk at each place for
// those whose filter is another and selects the same.
class ChunkStore {
 public:
  explicit ChunkStore(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  void keep(std::shared_ptr<Chunk> chunk, const RoleView& role, FrameShape shape);
  // The latest chunk that begins at `from` and was rendered for this role in this shape; may be null.
  [[nodiscard]] std::shared_ptr<Chunk> latest(Seq from, const RoleView& role,
                                              FrameShape shape) const;
  void clear() noexcept;
  [[nodiscard]] std::size_t n_bytes() const noexcept { return n_bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return chunks_.size(); }

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

}  // namespace ringside
