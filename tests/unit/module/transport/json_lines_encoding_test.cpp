#include "module/transport/json_lines_encoding.hpp"

#include "tests/unit/module/transport/stream_text.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(each_event_of_a_batch_is_a_line) {
  JsonLinesEncoding encoding;
  RS_EXPECT_EQ(batch_of(encoding, {R"({"n":1})", R"({"n":2})"}), "{\"n\":1}\n{\"n\":2}\n");
}

RS_TEST(messages_are_lines_and_nobody_is_greeted) {
  JsonLinesEncoding encoding;
  FrameBuffer out;
  encoding.add_message(out, R"({"type":"welcome","user":"alice"})");
  RS_EXPECT(out.empty());
  encoding.add_message(out, R"({"type":"gap","missed":3})");
  RS_EXPECT_EQ(body_of(out), "{\"type\":\"gap\",\"missed\":3}\n");
}

RS_TEST(a_sign_of_life_is_an_empty_line_and_a_position_is_nothing) {
  JsonLinesEncoding encoding;
  FrameBuffer out;
  encoding.begin_stream(out);
  encoding.add_position(out, {Epoch{1}, Seq{7}});
  RS_EXPECT(out.empty());
  encoding.add_ping(out);
  RS_EXPECT_EQ(body_of(out), "\n");
}

RS_TEST(the_end_says_why) {
  JsonLinesEncoding encoding;
  FrameBuffer out;
  encoding.end_stream(out, PlainSum{}, CloseCode::kGoingAway, "draining");
  RS_EXPECT_EQ(body_of(out), "{\"type\":\"close\",\"code\":1001,\"reason\":\"draining\"}\n<end>");
}
