#include "module/wake_thread.hpp"

#include <atomic>

#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(an_append_wakes_once_until_it_is_taken) {
  TempDir dir;
  ManualClock clock;
  const auto writer = open_writer(dir / "ring", clock);
  const auto reader = attach_reader(dir / "ring");
  std::atomic<int> n_wakes{0};
  WakeThread thread(*reader, [&] { ++n_wakes; });
  const auto append = [&] {
    writer->append(0, "A", "{}", clock.wall_now());
    writer->wake();
  };
  // The thread may not wait yet when the first append comes: continue until it is seen.
  RS_EXPECT(eventually([&] {
    append();
    return n_wakes.load() == 1;
  }));
  thread.acknowledge();
  RS_EXPECT(eventually([&] {
    append();
    return n_wakes.load() >= 2;
  }));
}

RS_TEST(it_ends_when_nothing_happens) {
  TempDir dir;
  ManualClock clock;
  const auto writer = open_writer(dir / "ring", clock);
  const auto reader = attach_reader(dir / "ring");
  {
    const WakeThread thread(*reader, [] {});
  }
  RS_EXPECT_EQ(reader->head().value, 0U);
}

RS_TEST(a_pause_lasts_until_it_is_ended_and_nothing_in_it_is_missed) {
  TempDir dir;
  ManualClock clock;
  const auto writer = open_writer(dir / "ring", clock);
  const auto reader = attach_reader(dir / "ring");
  std::atomic<int> n_wakes{0};
  WakeThread thread(*reader, [&] { ++n_wakes; });
  thread.pause();
  // It may have been waiting already, and tells of one append then.
  writer->append(0, "A", "{}", clock.wall_now());
  writer->wake();
  thread.resume();
  RS_EXPECT(eventually([&] {
    writer->append(0, "A", "{}", clock.wall_now());
    writer->wake();
    return n_wakes.load() >= 1;
  }));
  thread.pause();  // ends in a pause, too
}
