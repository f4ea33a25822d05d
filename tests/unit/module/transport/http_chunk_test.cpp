#include "module/transport/http_chunk.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

std::string text_of(FrameBuffer& out) {
  const auto bytes = out.frames();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

RS_TEST(a_chunk_has_its_size_before_and_a_line_end_after_it) {
  FrameBuffer out;
  HttpChunk chunk;
  chunk.begin(out);
  out.add("0123456789abcdefXY");
  chunk.end(out);
  RS_EXPECT_EQ(text_of(out), "00000012\r\n0123456789abcdefXY\r\n");
}

RS_TEST(chunks_follow_each_other_in_one_buffer) {
  FrameBuffer out;
  HttpChunk chunk;
  for (const std::string_view text : {"a", "bc"}) {
    chunk.begin(out);
    out.add(text);
    chunk.end(out);
  }
  out.add(kLastHttpChunk);
  RS_EXPECT_EQ(text_of(out), "00000001\r\na\r\n00000002\r\nbc\r\n0\r\n\r\n");
}

RS_TEST(large_chunks_use_all_digits) {
  FrameBuffer out;
  HttpChunk chunk;
  chunk.begin(out);
  out.add(std::string(0xABCDE, 'x'));
  chunk.end(out);
  RS_EXPECT_EQ(text_of(out).substr(0, 10), "000abcde\r\n");
}
