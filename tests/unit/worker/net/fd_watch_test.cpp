// A descriptor is reported as long as it can be read or written, and only while that is wanted.
#include "worker/net/fd_watch.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "core/base/unique_fd.hpp"
#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

struct Pair {
  UniqueFd ours;
  UniqueFd theirs;

  Pair() {
    std::array<int, 2> ends{};
    RS_EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
  }
};

}  // namespace

RS_TEST(a_readable_descriptor_is_reported_until_it_has_been_read) {
  test::SourceFixture f;
  const Pair pair;
  int n = 0;
  {
    const auto watch = RS_UNWRAP(FdWatch::make(*f.loop(), pair.ours.get(), [&](FdEvents events) {
      n += events.readable && !events.writable ? 1 : 0;
    }));
    RS_EXPECT_EQ(::write(pair.theirs.get(), "x", 1), 1);
    RS_RUN_UNTIL(f, n >= 2);
  }
  n = 0;
  uv_run(f.loop(), UV_RUN_NOWAIT);
  RS_EXPECT_EQ(n, 0);
}

RS_TEST(only_what_is_waited_for_is_reported) {
  test::SourceFixture f;
  const Pair pair;
  FdEvents last;
  int n = 0;
  const auto watch = RS_UNWRAP(FdWatch::make(*f.loop(), pair.ours.get(), [&](FdEvents events) {
    last = events;
    ++n;
  }));
  watch->wait_for(false, true);
  RS_RUN_UNTIL(f, last.writable);
  RS_EXPECT(!last.readable);
  watch->wait_for(false, false);
  RS_EXPECT_EQ(::write(pair.theirs.get(), "x", 1), 1);
  n = 0;
  uv_run(f.loop(), UV_RUN_NOWAIT);
  RS_EXPECT_EQ(n, 0);
  watch->wait_for(true, true);
  RS_RUN_UNTIL(f, last.readable && last.writable);
}

RS_TEST(the_end_of_the_peer_is_readable) {
  test::SourceFixture f;
  Pair pair;
  bool readable = false;
  const auto watch = RS_UNWRAP(FdWatch::make(*f.loop(), pair.ours.get(),
                                             [&](FdEvents events) { readable = events.readable; }));
  pair.theirs.reset();
  RS_RUN_UNTIL(f, readable);
}

RS_TEST(a_watch_may_be_destroyed_in_its_own_callback) {
  test::SourceFixture f;
  const Pair pair;
  bool ran = false;
  std::unique_ptr<FdWatch> watch;
  watch = RS_UNWRAP(FdWatch::make(*f.loop(), pair.ours.get(), [&](FdEvents) {
    watch.reset();
    ran = true;
  }));
  RS_EXPECT_EQ(::write(pair.theirs.get(), "x", 1), 1);
  RS_RUN_UNTIL(f, ran);
}

RS_TEST(a_descriptor_that_cannot_be_watched_is_an_error) {
  test::SourceFixture f;
  RS_EXPECT_CONTAINS(FdWatch::make(*f.loop(), -1, [](FdEvents) {}).error().message,
                     "cannot watch descriptor -1");
}
