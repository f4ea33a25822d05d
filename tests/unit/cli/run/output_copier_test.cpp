// A copier between two pipes: everything arrives, in both places, whoever goes away.
#include "cli/run/output_copier.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;

namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
  Pipe() {
    int fds[2] = {-1, -1};
    RS_EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    read = UniqueFd(fds[0]);
    write = UniqueFd(fds[1]);
  }
};

void put(const UniqueFd& fd, std::string_view text) {
  RS_EXPECT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::string get(const UniqueFd& fd, std::size_t n) {
  std::string text(n, '\0');
  std::size_t at = 0;
  while (at < n) {
    const ssize_t done = ::read(fd.get(), text.data() + at, n - at);
    RS_EXPECT(done > 0);
    at += static_cast<std::size_t>(done);
  }
  return text;
}

std::string pop_all(OutputQueue& queue) {
  std::string all;
  while (auto block = queue.pop()) {
    all += block->text();
  }
  return all;
}

struct Copying {
  std::unique_ptr<OutputQueue> queue = RS_UNWRAP(OutputQueue::create({}));
  Pipe from;
  Pipe to;
  std::optional<OutputCopier> copier;
  Copying() {
    std::signal(SIGPIPE, SIG_IGN);
    ::fcntl(from.read.get(), F_SETFL, O_NONBLOCK);
    copier.emplace(
        RS_UNWRAP(OutputPath::make(std::move(from.read), to.write.get(), OutputStream::kStderr)),
        *queue);
    RS_EXPECT_OK(copier->start());
  }
  bool has_stopped() {
    return test::eventually([this] { return copier->has_stopped(); });
  }
};

}  // namespace

RS_TEST(bytes_are_passed_on_unchanged_and_are_in_the_queue) {
  Copying c;
  const std::string text("a\0\xff\r\n no end", 12);
  put(c.from.write, text);
  RS_EXPECT_EQ(get(c.to.read, text.size()), text);
  RS_EXPECT(!c.copier->has_stopped());
  c.from.write.reset();
  RS_EXPECT(c.has_stopped());
  c.copier->join();
  RS_EXPECT(c.copier->at_end());
  RS_EXPECT_EQ(pop_all(*c.queue), text);
}

RS_TEST(a_stop_passes_on_what_is_there_and_a_start_continues) {
  Copying c;
  put(c.from.write, "one\n");
  c.copier->ask_to_stop();
  RS_EXPECT(c.has_stopped());
  c.copier->join();
  RS_EXPECT(!c.copier->at_end());
  RS_EXPECT_EQ(get(c.to.read, 4), "one\n");
  put(c.from.write, "two\n");
  RS_EXPECT_OK(c.copier->start());
  RS_EXPECT_EQ(get(c.to.read, 4), "two\n");
  c.from.write.reset();
  RS_EXPECT(c.has_stopped());
  c.copier->join();
  RS_EXPECT_EQ(pop_all(*c.queue), "one\ntwo\n");
}

RS_TEST(a_writer_that_never_stops_does_not_hold_up_a_stop) {
  Copying c;
  ::fcntl(c.from.write.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(c.to.read.get(), F_SETFL, O_NONBLOCK);
  const std::string much(1 << 16, 'x');
  c.copier->ask_to_stop();
  RS_EXPECT(test::eventually([&] {
    std::string sink(1 << 18, '\0');
    static_cast<void>(!::write(c.from.write.get(), much.data(), much.size()));
    static_cast<void>(!::read(c.to.read.get(), sink.data(), sink.size()));
    return c.copier->has_stopped();
  }));
}

RS_TEST(the_command_learns_that_nobody_reads) {
  Copying c;
  c.to.read.reset();
  RS_EXPECT(test::eventually([&] { return ::write(c.from.write.get(), "x\n", 2) < 0; }));
  RS_EXPECT_EQ(errno, EPIPE);
  RS_EXPECT(c.has_stopped());
  c.copier->join();
  RS_EXPECT(c.copier->at_end());
}
