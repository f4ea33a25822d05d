// Frames as a client would read them: headers of every width, in place and appended, alone and back
// to back.
#include "module/transport/frame.hpp"

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

struct Seen {
  std::uint8_t first = 0;
  std::string payload;
};

std::vector<Seen> read_frames(FrameBuffer& buffer) {
  std::vector<Seen> seen;
  const auto bytes = buffer.frames();
  std::size_t at = 0;
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint8_t>(bytes[i]); };
  while (at < bytes.size()) {
    Seen frame;
    frame.first = byte(at);
    std::uint64_t length = byte(at + 1);
    std::size_t n_header = 2;
    const std::size_t n_wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (n_wide != 0) {
      length = 0;
      for (std::size_t i = 0; i < n_wide; ++i) {
        length = length << 8u | byte(at + 2 + i);
      }
      n_header += n_wide;
    }
    RS_EXPECT(at + n_header + length <= bytes.size());
    frame.payload.assign(reinterpret_cast<const char*>(bytes.data()) + at + n_header, length);
    at += n_header + length;
    seen.push_back(std::move(frame));
  }
  return seen;
}

}  // namespace

RS_TEST(appended_frames_have_the_shortest_header_that_holds_their_length) {
  for (const std::size_t n : {std::size_t{0}, std::size_t{125}, std::size_t{126},
                              std::size_t{65535}, std::size_t{65536}}) {
    FrameBuffer buffer;
    buffer.append(Opcode::kText, std::string(n, 'x'));
    RS_EXPECT_EQ(buffer.size(), n + (n < 126 ? 2u : n < 65536 ? 4u : 10u));
    const auto seen = read_frames(buffer);
    RS_EXPECT_EQ(seen.size(), 1u);
    RS_EXPECT_EQ(static_cast<unsigned>(seen[0].first), 0x81u);
    RS_EXPECT(seen[0].payload == std::string(n, 'x'));
  }
}

RS_TEST(frames_written_in_place_are_the_same_as_appended_ones) {
  for (const std::size_t n_text : {std::size_t{0}, std::size_t{3}, std::size_t{119},
                                   std::size_t{300}, std::size_t{65520}, std::size_t{70000}}) {
    for (const std::string prefix : {"", "head:", "a longer head:"}) {
      const std::string text(n_text, 't');
      FrameBuffer in_place;
      FrameBuffer appended;
      for (int i = 0; i < 3; ++i) {
        in_place.begin_frame(14);
        in_place.add(text);
        in_place.add("!");
        in_place.end_frame(Opcode::kText, prefix);
        appended.append(Opcode::kText, prefix + text + "!");
      }
      RS_EXPECT_EQ(in_place.size(), appended.size());
      const auto seen = read_frames(in_place);
      RS_EXPECT_EQ(seen.size(), 3u);
      for (const Seen& frame : seen) {
        RS_EXPECT(frame.payload == prefix + text + "!");
      }
    }
  }
}

RS_TEST(a_frame_that_is_dropped_leaves_nothing_behind) {
  FrameBuffer buffer;
  buffer.append(Opcode::kText, "before");
  buffer.begin_frame(8);
  buffer.add("body");
  RS_EXPECT_EQ(buffer.pending("pre:"), std::string_view("pre:body"));
  buffer.drop_frame();
  buffer.append(Opcode::kPing, "after");
  const auto seen = read_frames(buffer);
  RS_EXPECT_EQ(seen.size(), 2u);
  RS_EXPECT_EQ(seen[0].payload, std::string("before"));
  RS_EXPECT_EQ(seen[1].payload, std::string("after"));
  RS_EXPECT_EQ(static_cast<unsigned>(seen[1].first), 0x89u);
}

RS_TEST(each_deflated_message_inflates_by_itself) {
  Deflater deflater;
  for (const std::string& text : {std::string("{\"a\":1}"), std::string(100000, 'z')}) {
    std::string packed(deflater.deflate(text));
    packed.append("\0\0\xff\xff", 4);
    z_stream stream{};
    RS_EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
    std::string out(text.size() + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    RS_EXPECT_EQ(inflate(&stream, Z_SYNC_FLUSH), Z_OK);
    out.resize(out.size() - stream.avail_out);
    inflateEnd(&stream);
    RS_EXPECT(out == text);
  }
}
