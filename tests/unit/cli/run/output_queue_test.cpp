// The queue between the output and its events: nothing waits, the oldest lines go first, and every
// line is either read or counted.
#include "cli/run/output_queue.hpp"

#include <poll.h>

#include <cstring>
#include <random>

#include "cli/run/output_lines.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;

namespace {

const WallTime kThen = wall_from_ns(1'758'880'800'000'000'000);

void push(OutputQueue& queue, std::string_view text, OutputStream stream = OutputStream::kStdout,
          WallTime at = kThen) {
  auto block = queue.take_block();
  std::memcpy(block->bytes.get(), text.data(), text.size());
  queue.push(std::move(block), text.size(), stream, at);
}

std::string pop_all(OutputQueue& queue) {
  std::string all;
  while (auto block = queue.pop()) {
    all += block->text();
    queue.give_back(std::move(block));
  }
  return all;
}

bool is_awake(const OutputQueue& queue) {
  pollfd ready{queue.wake_fd(), POLLIN, 0};
  return ::poll(&ready, 1, 0) == 1;
}

}  // namespace

RS_TEST(newlines_are_counted_at_any_place_and_length) {
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 300; ++i) {
    std::string text(random() % 9000, 'x');
    std::size_t n = 0;
    for (char& c : text) {
      if (random() % 3 == 0) {
        c = '\n';
        ++n;
      }
    }
    RS_EXPECT_EQ(count_newlines(text), n);
  }
  RS_EXPECT_EQ(count_newlines(std::string(20'000, '\n')), 20'000u);
  RS_EXPECT_EQ(count_newlines("\x0b\xf5\x8a"), 0u);
}

RS_TEST(small_pieces_share_a_block_and_keep_their_stream_and_time) {
  auto queue = RS_UNWRAP(OutputQueue::create({}));
  push(*queue, "a\n");
  push(*queue, "b\n");
  push(*queue, "err\n", OutputStream::kStderr);
  push(*queue, "c\n", OutputStream::kStdout, kThen + std::chrono::seconds(1));
  const auto block = queue->pop();
  RS_EXPECT(queue->pop() == nullptr);
  RS_EXPECT_EQ(block->text(), "a\nb\nerr\nc\n");
  RS_EXPECT_EQ(block->pieces.size(), 3u);
  RS_EXPECT_EQ(block->pieces[0].end, 4u);
  RS_EXPECT(block->pieces[1].stream == OutputStream::kStderr);
  RS_EXPECT(block->pieces[2].at == kThen + std::chrono::seconds(1));
}

RS_TEST(the_reader_is_woken_when_there_is_something_again) {
  auto queue = RS_UNWRAP(OutputQueue::create({}));
  RS_EXPECT(!is_awake(*queue));
  push(*queue, "a\n");
  RS_EXPECT(is_awake(*queue));
  queue->clear_wake();
  push(*queue, "b\n");
  RS_EXPECT(!is_awake(*queue));  // it has not taken the first yet
  RS_EXPECT_EQ(pop_all(*queue), "a\nb\n");
  push(*queue, "c\n");
  RS_EXPECT(is_awake(*queue));
}

RS_TEST(the_oldest_lines_are_dropped_and_counted) {
  auto queue = RS_UNWRAP(OutputQueue::create({.blocks = 4, .lines = 1000}));
  std::string text;
  for (int i = 0; i < 2500; ++i) {
    text += fmt::format("{}\n", i);
  }
  push(*queue, text.substr(0, text.find("1200\n") + 5));
  push(*queue, std::string(20'000, 'x'));  // of a block of its own, and no whole line
  push(*queue, "\n");
  RS_EXPECT_EQ(queue->n_lines() + queue->n_dropped(), 1202u);
  RS_EXPECT_EQ(queue->n_dropped(), 202u);
  const auto block = queue->pop();
  RS_EXPECT(block->text().starts_with("202\n"));
  RS_EXPECT(block->gaps[0].lost);
  RS_EXPECT(block->gaps[0].ended_with_newline);
  RS_EXPECT(!block->gaps[1].lost);
}

RS_TEST(too_many_blocks_drop_the_oldest_whatever_is_in_it) {
  auto queue = RS_UNWRAP(OutputQueue::create({.blocks = 2, .lines = 1000}));
  for (const char c : {'a', 'b', 'c'}) {
    push(*queue, std::string(OutputBlock::kBytes, c));
  }
  const auto block = queue->pop();
  RS_EXPECT_EQ(block->text().front(), 'b');
  RS_EXPECT(block->gaps[0].lost);
  RS_EXPECT(!block->gaps[0].ended_with_newline);
  RS_EXPECT_EQ(queue->n_dropped(), 0u);  // no line has ended
}

RS_TEST(streams_that_alternate_take_bounded_memory_and_time) {
  auto queue = RS_UNWRAP(OutputQueue::create({.blocks = 8, .lines = 10'000}));
  constexpr std::size_t kLines = 60'000;
  for (std::size_t i = 0; i < kLines; ++i) {
    push(*queue, "x\n", i % 2 == 0 ? OutputStream::kStdout : OutputStream::kStderr);
  }
  RS_EXPECT(queue->n_lines() <= 10'000u);
  RS_EXPECT_EQ(queue->n_lines() + queue->n_dropped(), kLines);
  bool is_first = true;
  while (const auto block = queue->pop()) {
    RS_EXPECT(block->pieces.size() <= OutputBlock::kMostPieces);
    RS_EXPECT_EQ(block->gaps[0].lost && block->gaps[1].lost, is_first);
    RS_EXPECT(block->next_piece()->end > block->begin);
    is_first = false;
  }
}

RS_TEST(the_newest_lines_can_be_kept_alone) {
  auto queue = RS_UNWRAP(OutputQueue::create({}));
  push(*queue, "1\n2\n3\n4\n5\nopen");
  queue->keep_newest(2);
  RS_EXPECT_EQ(queue->n_dropped(), 3u);
  RS_EXPECT_EQ(pop_all(*queue), "4\n5\nopen");
  push(*queue, "6\nopen");
  queue->drop_all();
  RS_EXPECT(queue->is_empty());
  RS_EXPECT_EQ(queue->n_dropped(), 4u);
}

RS_TEST(every_line_is_read_or_counted_whatever_the_pieces_are) {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 40; ++round) {
    auto queue = RS_UNWRAP(OutputQueue::create({.blocks = 3, .lines = 500}));
    OutputLines lines;
    std::uint64_t n_read = 0;
    const auto read = [&] {
      while (auto block = queue->pop()) {
        if (block->gaps[0].lost) {
          lines.skip(block->gaps[0].ended_with_newline);
        }
        lines.feed(block->text(), SIZE_MAX, [&](std::string_view line, std::size_t n_cut) {
          ++n_read;
          if (!line.empty() && n_cut == 0) {
            RS_EXPECT_EQ(line.front(), '<');  // no line without its beginning
            RS_EXPECT_EQ(line.back(), '>');
          }
        });
        queue->give_back(std::move(block));
      }
    };
    std::string text;
    std::uint64_t n_written = 0;
    for (int i = 0; i < 3000; ++i, ++n_written) {
      text += "<" + std::string(random() % 60, 'x') + ">\n";
      if (random() % 500 == 0) {
        text += "<" + std::string(random() % 200'000, 'y') + ">\n";
        ++n_written;
      }
    }
    while (!text.empty()) {
      const std::size_t n = std::min<std::size_t>(
          text.size(), 1 + random() % (random() % 4 == 0 ? OutputBlock::kBytes : 3000));
      push(*queue, text.substr(0, n));
      text.erase(0, n);
      if (random() % 16 == 0) {
        read();
      }
    }
    read();
    RS_EXPECT_EQ(n_read + queue->n_dropped() + lines.n_incomplete(), n_written);
  }
}
