#include "worker/net/loop_handles.hpp"

#include <optional>

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;
using std::chrono::milliseconds;

RS_TEST(timer_runs_once_or_again_and_again) {
  test::SourceFixture f;
  int n_once = 0;
  int n_often = 0;
  LoopTimer once(f.loop(), [&] { ++n_once; });
  LoopTimer often(f.loop(), [&] { ++n_often; });
  once.start(milliseconds(0));
  often.start(milliseconds(0), milliseconds(1));
  RS_RUN_UNTIL(f, n_often >= 3);
  RS_EXPECT_EQ(n_once, 1);
  RS_EXPECT(!once.is_running());
  RS_EXPECT(often.is_running());
  often.stop();
  RS_EXPECT(!often.is_running());
}

RS_TEST(timer_may_be_destroyed_in_its_own_callback) {
  test::SourceFixture f;
  std::optional<LoopTimer> timer;
  bool ran = false;
  timer.emplace(f.loop(), [&] {
    timer.reset();
    ran = true;
  });
  timer->start(milliseconds(0), milliseconds(1));
  RS_RUN_UNTIL(f, ran);
}

RS_TEST(directory_tells_names_from_contents) {
  test::SourceFixture f;
  f.dir.write("a", "");
  int n_names = 0;
  int n_contents = 0;
  const auto watch = RS_UNWRAP(DirectoryWatch::make(
      f.loop(), f.dir.path().string(), [&](bool names) { ++(names ? n_names : n_contents); }));
  f.dir.write("a", "content");
  RS_RUN_UNTIL(f, n_contents > 0);
  RS_EXPECT_EQ(n_names, 0);
  f.dir.write("b", "");
  RS_RUN_UNTIL(f, n_names > 0);
  RS_EXPECT(!DirectoryWatch::make(f.loop(), f.dir / "none", [](bool) {}).has_value());
}

RS_TEST(work_runs_elsewhere_and_its_end_on_the_loop) {
  test::SourceFixture f;
  uv_thread_t here = uv_thread_self();
  bool elsewhere = false;
  bool done = false;
  RS_EXPECT(run_on_pool(
      f.loop(),
      [&] {
        uv_thread_t there = uv_thread_self();
        elsewhere = uv_thread_equal(&here, &there) == 0;
      },
      [&] { done = true; }));
  RS_RUN_UNTIL(f, done);
  RS_EXPECT(elsewhere);
}
