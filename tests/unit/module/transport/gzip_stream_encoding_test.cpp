// Compressed streams: pieces that were compressed for all, put together for one connection, are one gzip body.
#include "module/transport/gzip_stream_encoding.hpp"

#include <zlib.h>

#include "module/transport/event_stream_encoding.hpp"
#include "module/transport/json_lines_encoding.hpp"
#include "tests/unit/module/transport/stream_text.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

// What a client gets: head, pieces and end; RFC 1952 from the first byte to the last.
std::string unzipped(std::string body) {
  RS_EXPECT(body.ends_with("<end>"));
  body.resize(body.size() - std::string_view("<end>").size());
  z_stream z{};
  RS_EXPECT_EQ(inflateInit2(&z, 15 + 16), Z_OK);
  std::string out(4u << 20u, '\0');
  z.next_in = reinterpret_cast<Bytef*>(body.data());
  z.avail_in = static_cast<uInt>(body.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  RS_EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  RS_EXPECT_EQ(z.avail_in, 0U);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

struct Receiver {
  void take(FrameBuffer& out) {
    body += body_of(out);
    sum.add(out.plain());
    out.clear();
  }
  std::string body;
  PlainSum sum;
};

FrameBuffer batch(Encoding& encoding, const std::vector<std::string>& events) {
  const ManualClock clock;
  FrameBuffer out;
  encoding.begin_batch(out);
  for (std::size_t i = 0; i < events.size(); ++i) {
    encoding.add_event(out, {Epoch{1}, Seq{i + 1}}, events[i], i == 0);
  }
  encoding.end_batch(out, static_cast<unsigned>(events.size()), clock.wall_now());
  return out;
}

}  // namespace

RS_TEST(two_connections_share_pieces_and_each_gets_a_whole_body) {
  JsonLinesEncoding lines;
  Deflater deflater;
  GzipStreamEncoding encoding(lines, deflater);
  FrameBuffer shared = batch(encoding, {R"({"n":1})", R"({"n":2})"});
  FrameBuffer again = batch(encoding, {R"({"n":3})"});
  for (const bool is_late : {false, true}) {
    Receiver receiver;
    FrameBuffer out;
    encoding.begin_stream(out);
    receiver.take(out);
    if (!is_late) {
      receiver.body += body_of(shared);
      receiver.sum.add(shared.plain());
    }
    encoding.add_ping(out);
    receiver.take(out);
    receiver.body += body_of(again);
    receiver.sum.add(again.plain());
    encoding.end_stream(out, receiver.sum, CloseCode::kGoingAway, "draining");
    receiver.take(out);
    RS_EXPECT_EQ(unzipped(receiver.body),
                 std::string(is_late ? "" : "{\"n\":1}\n{\"n\":2}\n") +
                     "\n{\"n\":3}\n{\"type\":\"close\",\"code\":1001,\"reason\":\"draining\"}\n");
  }
}

RS_TEST(a_stream_that_ends_before_it_began_is_a_whole_body_too) {
  EventStreamEncoding events;
  Deflater deflater;
  GzipStreamEncoding encoding(events, deflater);
  FrameBuffer out;
  encoding.end_stream(out, PlainSum{}, CloseCode::kConnectionLimit, "too many");
  RS_EXPECT_CONTAINS(unzipped(body_of(out)), "\"code\":4009");
}

RS_TEST(a_batch_of_large_events_is_compressed_in_pieces) {
  JsonLinesEncoding lines;
  Deflater deflater;
  GzipStreamEncoding encoding(lines, deflater);
  std::vector<std::string> events;
  std::string wanted;
  for (int i = 0; i < 40; ++i) {
    events.push_back("{\"n\":" + std::to_string(i) + ",\"x\":\"" + std::string(20'000, 'x') +
                     "\"}");
    wanted += events.back() + "\n";
  }
  Receiver receiver;
  FrameBuffer out;
  encoding.begin_stream(out);
  receiver.take(out);
  FrameBuffer made = batch(encoding, events);
  receiver.take(made);
  encoding.end_stream(out, receiver.sum, CloseCode::kGoingAway, "");
  receiver.take(out);
  RS_EXPECT(unzipped(receiver.body).starts_with(wanted));
}

RS_TEST(names_and_transports_tell_it_from_what_it_compresses) {
  EventStreamEncoding events;
  JsonLinesEncoding lines;
  Deflater deflater;
  GzipStreamEncoding one(events, deflater);
  GzipStreamEncoding two(lines, deflater);
  RS_EXPECT_EQ(one.name(), "event-stream-gzip");
  RS_EXPECT_EQ(two.name(), "json-lines-gzip");
  RS_EXPECT(one.transport() == Transport::kEventStream && two.transport() == Transport::kJsonLines);
  RS_EXPECT(!one.is_answered());
  FrameBuffer out;
  two.add_message(out, R"({"type":"welcome"})");
  RS_EXPECT(out.empty());
}

RS_TEST(a_compressed_stream_begins_as_a_plain_one_does) {
  EventStreamEncoding events;
  Deflater deflater;
  GzipStreamEncoding encoding(events, deflater);
  Receiver receiver;
  FrameBuffer out;
  encoding.begin_stream(out);
  receiver.take(out);
  encoding.add_position(out, {Epoch{1}, Seq{7}});
  receiver.take(out);
  encoding.end_stream(out, receiver.sum, CloseCode::kGoingAway, "draining");
  receiver.take(out);
  const std::string text = unzipped(receiver.body);
  RS_EXPECT(text.starts_with("retry: "));
  RS_EXPECT_CONTAINS(text, "\n\nid: 00000001:7\n\nevent: close\n");
}
