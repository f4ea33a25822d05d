#include "module/transport/http_encoding.hpp"

#include "module/transport/event_stream_encoding.hpp"
#include "module/transport/json_lines_encoding.hpp"
#include "tests/unit/module/transport/stream_text.hpp"

using namespace ringside;
using namespace ringside::test;

// Whatever is added is whole chunks, so that any of it may be the last that a connection gets.
RS_TEST(everything_that_an_encoding_adds_is_whole_chunks) {
  EventStreamEncoding events;
  JsonLinesEncoding lines;
  for (Encoding* const encoding :
       {static_cast<Encoding*>(&events), static_cast<Encoding*>(&lines)}) {
    FrameBuffer out;
    encoding->begin_stream(out);
    encoding->add_message(out, R"({"type":"gap","missed":1})");
    encoding->add_position(out, {Epoch{1}, Seq{1}});
    encoding->add_ping(out);
    (void)body_of(out);  // fails the test at a chunk that is none
    RS_EXPECT(!encoding->is_answered());
    FrameBuffer end;
    encoding->end_stream(end, PlainSum{}, CloseCode::kGoingAway, "draining");
    RS_EXPECT(body_of(end).ends_with("<end>"));
    RS_EXPECT_CONTAINS(body_of(end), R"("code":1001)");
  }
}
