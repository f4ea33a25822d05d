#include "module/stream_position.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(history_comes_first_and_the_live_cursor_waits) {
  StreamPosition position;
  position.set_live(Seq{10});
  RS_EXPECT_EQ(position.at().value, 10U);
  RS_EXPECT_EQ(position.behind(Seq{12}), 3U);
  RS_EXPECT_EQ(position.behind(Seq{9}), 0U);
  Replay& replay = position.begin_replay(nullptr, Seq{4});
  RS_EXPECT_EQ(replay.limit.value, 10U);
  RS_EXPECT_EQ(position.at().value, 4U);
  RS_EXPECT_EQ(position.behind(Seq{12}), 9U);
  RS_EXPECT_EQ(position.live_behind(Seq{12}), 3U);
  position.advance_replay(Seq{10});
  position.end_replay();
  RS_EXPECT_EQ(position.at().value, 10U);
}

RS_TEST(a_replay_never_begins_after_the_live_cursor) {
  StreamPosition position;
  position.set_live(Seq{10});
  RS_EXPECT_EQ(position.begin_replay(nullptr, Seq{20}).cursor.value, 10U);
}

RS_TEST(joining_goes_on_from_the_replay_as_live) {
  StreamPosition position;
  position.set_live(Seq{10});
  position.begin_replay(nullptr, Seq{4});
  position.join();
  RS_EXPECT(!position.replaying());
  RS_EXPECT_EQ(position.live().value, 4U);
}

RS_TEST(a_cursor_only_moves_forward_within_its_bounds) {
  RS_EXPECT_ABORTS({
    StreamPosition position;
    position.set_live(Seq{10});
    position.advance_live(Seq{10});
  });
  RS_EXPECT_ABORTS({
    StreamPosition position;
    position.set_live(Seq{10});
    position.begin_replay(nullptr, Seq{4});
    position.advance_replay(Seq{11});
  });
}
