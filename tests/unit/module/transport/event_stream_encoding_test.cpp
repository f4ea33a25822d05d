#include "module/transport/event_stream_encoding.hpp"

#include <algorithm>
#include <set>

#include "tests/unit/module/transport/stream_text.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(each_event_of_a_batch_has_its_id) {
  EventStreamEncoding encoding;
  RS_EXPECT_EQ(batch_of(encoding, {R"({"n":1})", R"({"n":2})"}),
               "id: 1a2b3c4d:1\ndata: {\"n\":1}\n\nid: 1a2b3c4d:2\ndata: {\"n\":2}\n\n");
}

RS_TEST(a_message_is_named_by_its_type) {
  EventStreamEncoding encoding;
  FrameBuffer out;
  encoding.add_message(out, R"({"type":"gap","missed":3})");
  RS_EXPECT_EQ(body_of(out), "event: gap\ndata: {\"type\":\"gap\",\"missed\":3}\n\n");
}

RS_TEST(an_error_has_another_name_than_a_broken_connection) {
  EventStreamEncoding encoding;
  FrameBuffer out;
  encoding.add_message(out, R"({"type":"error","code":"filter_too_costly"})");
  RS_EXPECT(body_of(out).starts_with("event: problem\n"));
}

RS_TEST(a_position_is_an_id_without_data) {
  EventStreamEncoding encoding;
  FrameBuffer out;
  encoding.add_position(out, {Epoch{0x1a2b3c4d}, Seq{7}});
  encoding.add_ping(out);
  RS_EXPECT_EQ(body_of(out), "id: 1a2b3c4d:7\n\n:\n\n");
  RS_EXPECT(!encoding.is_answered());
}

RS_TEST(each_connection_is_told_another_time_to_come_back) {
  EventStreamEncoding encoding;
  std::set<std::string> seen;
  int longest = 0;
  for (int i = 0; i < 100; ++i) {
    FrameBuffer out;
    encoding.begin_stream(out);
    const std::string body = body_of(out);
    RS_EXPECT(body.starts_with("retry: ") && body.ends_with("\n\n"));
    const int retry = std::stoi(body.substr(7));
    RS_EXPECT(retry >= 1000 && retry < 5000);
    longest = std::max(longest, retry);
    seen.insert(body);
  }
  RS_EXPECT(seen.size() > 95);
  RS_EXPECT_GT(longest, 4900);  // over all of the span
}

RS_TEST(the_end_says_why) {
  EventStreamEncoding encoding;
  FrameBuffer out;
  encoding.end_stream(out, PlainSum{}, CloseCode::kTokenExpired, "the token has expired");
  RS_EXPECT_EQ(body_of(out),
               "event: close\ndata: {\"type\":\"close\",\"code\":4001,\"reason\":\"the token has "
               "expired\"}\n\n<end>");
}
