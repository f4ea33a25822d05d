#pragma once
// OutputQueue: what a command prints, on its way from the threads that pass it through to the one
// that makes events of it. The passing-through never waits for the events: when the queue is full,
// the oldest lines are dropped and counted, because the last lines of a command tell most.
//   Threads: take_block and push by the threads that pass through, the rest by the one that reads.
//   Memory: at most Limits::blocks blocks that are full, two that are empty, and one for each thread
//   that pushes; a block is its bytes and its pieces.
//   Cost: push counts the newlines of what it takes; small pieces are copied, large ones are not.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside::cli {

// Which of the command's descriptors; kBoth where they are one: a terminal, or 2>&1.
enum class OutputStream : std::uint8_t { kStdout, kStderr, kBoth };
inline constexpr std::size_t kOutputStreams = 3;
[[nodiscard]] std::string_view name_of(OutputStream stream) noexcept;

// Newlines in `text`. Cost: about 20 bytes a nanosecond.
[[nodiscard]] std::size_t count_newlines(std::string_view text) noexcept;

struct OutputBlock {
  static constexpr std::size_t kBytes = 128U << 10U;
  static constexpr std::size_t kMostPieces = 4096;
  struct Piece {
    std::size_t end = 0;  // in `bytes`; it begins where the one before ends
    OutputStream stream = OutputStream::kStdout;
    WallTime at;  // when it was read
  };
  // Lines of a stream were dropped before this block.
  struct Gap {
    bool lost = false;
    bool ended_with_newline = true;
  };

  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kBytes);
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t n_lines = 0;
  std::vector<Piece> pieces;  // at most kMostPieces, also those that are read already
  std::array<Gap, kOutputStreams> gaps;

  [[nodiscard]] std::string_view text() const noexcept {
    return {bytes.get() + begin, end - begin};
  }
  // The piece that the byte at `begin` belongs to; null at the end. Cost: a binary search.
  [[nodiscard]] const Piece* next_piece() const noexcept;
};

class OutputQueue {
 public:
  struct Limits {
    std::size_t blocks = 32;
    std::size_t lines = 100'000;
  };
  using BlockPtr = std::unique_ptr<OutputBlock>;

  [[nodiscard]] static Result<std::unique_ptr<OutputQueue>> create(Limits limits);

  // An empty block to read into.
  [[nodiscard]] BlockPtr take_block();
  // `block` has its first `n` bytes filled, from `stream`, now.
  void push(BlockPtr block, std::size_t n, OutputStream stream, WallTime at);
  // Makes the reader look: a stream has ended, say.
  void wake() const noexcept;

  // The oldest block; null when there is none.
  [[nodiscard]] BlockPtr pop();
  void give_back(BlockPtr block);
  // Drops the oldest lines until no more than `n` are left.
  void keep_newest(std::size_t n);
  void drop_all();
  [[nodiscard]] bool is_empty() const noexcept;
  // Readable after a push to an empty queue; clear_wake() before you look.
  [[nodiscard]] int wake_fd() const noexcept { return wake_.get(); }
  void clear_wake() const noexcept;

  [[nodiscard]] std::uint64_t n_dropped() const noexcept;  // lines
  [[nodiscard]] std::size_t n_lines() const noexcept;      // in the queue

 private:
  OutputQueue(UniqueFd wake, Limits limits) : limits_(limits), wake_(std::move(wake)) {}
  [[nodiscard]] bool append_small(const OutputBlock& block, std::size_t n, OutputStream stream,
                                  WallTime at);
  void drop_excess();
  void drop_lines(std::size_t n);

  const Limits limits_;
  UniqueFd wake_;
  mutable std::mutex mutex_;  // of all below
  std::deque<BlockPtr> full_;
  std::vector<BlockPtr> empty_;
  std::array<OutputBlock::Gap, kOutputStreams> gaps_;  // before the oldest block
  std::size_t n_lines_ = 0;
  std::uint64_t n_dropped_ = 0;
};

}  // namespace ringside::cli
