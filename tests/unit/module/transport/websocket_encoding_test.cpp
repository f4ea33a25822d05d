#include "module/transport/websocket_encoding.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::deque<std::string> texts_of(FrameBuffer& frames) {
  FakeConnection connection;
  RS_EXPECT(connection.send(frames.frames()));
  return connection.texts;
}

FrameBuffer batch_of(Encoding& encoding, unsigned n_events) {
  ManualClock clock;
  FrameBuffer frames;
  encoding.begin_batch(frames);
  for (unsigned n = 0; n < n_events; ++n) {
    encoding.add_event(frames, {Epoch{1}, Seq{n + 1}}, R"({"n":)" + std::to_string(n) + "}",
                       n == 0);
  }
  encoding.end_batch(frames, n_events, clock.wall_now());
  return frames;
}

}  // namespace

RS_TEST(one_event_is_a_frame_of_its_own_and_more_share_an_envelope) {
  WebSocketEncoding encoding(nullptr);
  FrameBuffer one = batch_of(encoding, 1);
  RS_EXPECT_EQ(texts_of(one).front(), R"({"n":0})");
  FrameBuffer three = batch_of(encoding, 3);
  RS_EXPECT_EQ(
      texts_of(three).front(),
      R"({"type":"batch","timestamp":"2025-09-26T10:00:00.000000Z","events":[{"n":0},{"n":1},{"n":2}]})");
}

RS_TEST(only_frames_worth_it_are_deflated) {
  Deflater deflater;
  WebSocketEncoding encoding(&deflater);
  FrameBuffer small = batch_of(encoding, 1);
  RS_EXPECT_EQ(std::to_integer<unsigned>(small.frames()[0]), 0x81U);
  FrameBuffer large = batch_of(encoding, 100);
  RS_EXPECT_EQ(std::to_integer<unsigned>(large.frames()[0]), 0xC1U);
  RS_EXPECT_NE(encoding.name(), WebSocketEncoding(nullptr).name());
}

RS_TEST(messages_and_pings_are_frames_of_their_own) {
  WebSocketEncoding encoding(nullptr);
  FrameBuffer frames;
  encoding.add_message(frames, R"({"type":"pong"})");
  encoding.add_ping(frames);
  FakeConnection connection;
  RS_EXPECT(connection.send(frames.frames()));
  RS_EXPECT_EQ(connection.texts.size(), 1U);
  RS_EXPECT_EQ(connection.n_pings, 1U);
}
