// A lock and not a lock-free ring: it is taken once for a hundred kilobytes, and held for the time
// it takes to look at as many bytes at most.
#include "cli/run/output_queue.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace ringside::cli {
namespace {

constexpr std::size_t kSmallBytes = 16U << 10U;
constexpr std::chrono::milliseconds kSamePiece{10};

// The offset after the `n`th newline of `text`, which has as many.
std::size_t end_of_line(std::string_view text, std::size_t n) noexcept {
  constexpr std::size_t kStride = 4096;
  std::size_t at = 0;
  while (n > 0) {
    const std::size_t here = count_newlines(text.substr(at, kStride));
    if (here < n) {
      n -= here;
      at += kStride;
      continue;
    }
    for (; n > 0; --n) {
      at = text.find('\n', at) + 1;
    }
  }
  return at;
}

}  // namespace

std::string_view name_of(OutputStream stream) noexcept {
  switch (stream) {
    case OutputStream::kStdout:
      return "stdout";
    case OutputStream::kStderr:
      return "stderr";
    case OutputStream::kBoth:
      break;
  }
  return "both";
}

std::size_t count_newlines(std::string_view text) noexcept {
  // Sixteen at once, in counters of a byte that are summed up before they overflow.
  using Bytes = std::uint8_t __attribute__((vector_size(16)));
  constexpr std::size_t kWidth = sizeof(Bytes);
  constexpr std::size_t kMostRounds = 255;
  std::size_t n = 0;
  while (text.size() >= kWidth) {
    Bytes counts{};
    const std::size_t rounds = std::min(text.size() / kWidth, kMostRounds);
    for (std::size_t i = 0; i < rounds; ++i) {
      Bytes bytes;
      std::memcpy(&bytes, text.data() + i * kWidth, kWidth);
      counts -= static_cast<Bytes>(bytes == static_cast<std::uint8_t>('\n'));  // true is all ones
    }
    for (std::size_t i = 0; i < kWidth; ++i) {
      n += counts[i];
    }
    text.remove_prefix(rounds * kWidth);
  }
  return n + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

const OutputBlock::Piece* OutputBlock::next_piece() const noexcept {
  const auto piece = std::partition_point(pieces.begin(), pieces.end(),
                                          [&](const Piece& each) { return each.end <= begin; });
  return piece == pieces.end() ? nullptr : &*piece;
}

Result<std::unique_ptr<OutputQueue>> OutputQueue::create(Limits limits) {
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) {
    return fail_errno("eventfd");
  }
  return std::unique_ptr<OutputQueue>(new OutputQueue(std::move(wake), limits));
}

OutputQueue::BlockPtr OutputQueue::take_block() {
  {
    const std::lock_guard lock(mutex_);
    if (!empty_.empty()) {
      BlockPtr block = std::move(empty_.back());
      empty_.pop_back();
      return block;
    }
  }
  return std::make_unique<OutputBlock>();
}

void OutputQueue::push(BlockPtr block, std::size_t n, OutputStream stream, WallTime at) {
  const std::size_t n_lines = count_newlines({block->bytes.get(), n});
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = full_.empty();
    n_lines_ += n_lines;
    if (n <= kSmallBytes && append_small(*block, n, stream, at)) {
      full_.back()->n_lines += n_lines;
      empty_.push_back(std::move(block));
    } else {
      block->begin = 0;
      block->end = n;
      block->n_lines = n_lines;
      block->pieces.assign(1, {n, stream, at});
      full_.push_back(std::move(block));
    }
    drop_excess();
  }
  if (was_empty) {
    wake();
  }
}

bool OutputQueue::append_small(const OutputBlock& block, std::size_t n, OutputStream stream,
                               WallTime at) {
  if (full_.empty() || full_.back()->end + n > OutputBlock::kBytes) {
    return false;
  }
  OutputBlock& last = *full_.back();
  OutputBlock::Piece& piece = last.pieces.back();
  const bool is_same = piece.stream == stream && at - piece.at < kSamePiece;
  if (!is_same && last.pieces.size() >= OutputBlock::kMostPieces) {
    return false;
  }
  std::memcpy(last.bytes.get() + last.end, block.bytes.get(), n);
  last.end += n;
  if (is_same) {
    piece.end = last.end;
  } else {
    last.pieces.push_back({last.end, stream, at});
  }
  return true;
}

void OutputQueue::wake() const noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void OutputQueue::clear_wake() const noexcept {
  std::uint64_t count = 0;
  static_cast<void>(!::read(wake_.get(), &count, sizeof count));
}

OutputQueue::BlockPtr OutputQueue::pop() {
  const std::lock_guard lock(mutex_);
  if (full_.empty()) {
    return nullptr;
  }
  BlockPtr block = std::move(full_.front());
  full_.pop_front();
  n_lines_ -= block->n_lines;
  block->gaps = std::exchange(gaps_, {});
  return block;
}

void OutputQueue::give_back(BlockPtr block) {
  const std::lock_guard lock(mutex_);
  if (empty_.size() < 2) {
    empty_.push_back(std::move(block));
  }
}

void OutputQueue::keep_newest(std::size_t n) {
  const std::lock_guard lock(mutex_);
  if (n_lines_ > n) {
    drop_lines(n_lines_ - n);
  }
}

void OutputQueue::drop_all() {
  const std::lock_guard lock(mutex_);
  while (!full_.empty()) {
    drop_lines(std::max<std::size_t>(full_.front()->n_lines, 1));
  }
}

bool OutputQueue::is_empty() const noexcept {
  const std::lock_guard lock(mutex_);
  return full_.empty();
}

std::uint64_t OutputQueue::n_dropped() const noexcept {
  const std::lock_guard lock(mutex_);
  return n_dropped_;
}

std::size_t OutputQueue::n_lines() const noexcept {
  const std::lock_guard lock(mutex_);
  return n_lines_;
}

// The newest block stays, whatever is in it: so something of the end is always left.
void OutputQueue::drop_excess() {
  while (full_.size() > limits_.blocks) {
    drop_lines(std::max<std::size_t>(full_.front()->n_lines, 1));
  }
  if (n_lines_ > limits_.lines && full_.size() > 1) {
    drop_lines(n_lines_ - limits_.lines);
  }
}

// Drops `n` lines from the front; a block without so many goes as a whole.
void OutputQueue::drop_lines(std::size_t n) {
  while (n > 0 && !full_.empty()) {
    OutputBlock& block = *full_.front();
    const bool drops_all = block.n_lines <= n;
    const std::string_view text = block.text();
    const std::size_t n_bytes = drops_all ? text.size() : end_of_line(text, n);
    const std::size_t n_here = drops_all ? block.n_lines : n;
    const std::size_t to = block.begin + n_bytes;
    // What the streams lose of it.
    while (block.begin < to) {
      const OutputBlock::Piece& piece = *block.next_piece();
      block.begin = std::min(piece.end, to);
      gaps_[static_cast<std::size_t>(piece.stream)] = {true, block.bytes[block.begin - 1] == '\n'};
    }
    block.n_lines -= n_here;
    n_lines_ -= n_here;
    n_dropped_ += n_here;
    n -= std::min(n, drops_all ? std::max<std::size_t>(n_here, 1) : n_here);
    if (drops_all) {
      if (empty_.size() < 2) {
        empty_.push_back(std::move(full_.front()));
      }
      full_.pop_front();
    }
  }
}

}  // namespace ringside::cli
