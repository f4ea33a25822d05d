// The framing of bodies in chunks, cut at every place.
#include "core/proto/chunked_body.hpp"

#include <string>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;
using State = ChunkedBody::State;

struct Read {
  State state = State::kMore;
  std::string data;
};

Read read_in_pieces(std::string_view text, std::size_t n_piece) {
  ChunkedBody body;
  Read out;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, n_piece);
    text.remove_prefix(piece.size());
    out.state = body.feed(piece, [&](std::string_view data) { out.data += data; });
  }
  return out;
}

RS_TEST(data_is_the_same_wherever_it_was_cut) {
  constexpr std::string_view kBody =
      "4;name=\"v\"\r\nWiki\r\n5 \r\npedia\r\nB\r\n in chunks.\r\n0\r\nDigest: x\r\n\r\nrest";
  for (std::size_t n = 1; n <= kBody.size(); ++n) {
    const Read read = read_in_pieces(kBody, n);
    RS_EXPECT_EQ(read.data, "Wikipedia in chunks.");
    RS_EXPECT(read.state == State::kDone);
  }
}

RS_TEST(a_body_without_its_last_chunk_is_not_done) {
  constexpr std::string_view kBody = "4\r\nWiki\r\n0\r\n\r\n";
  for (std::size_t n = 0; n < kBody.size(); ++n) {
    RS_EXPECT(read_in_pieces(kBody.substr(0, n), 3).state == State::kMore);
  }
  RS_EXPECT(read_in_pieces(kBody, 3).state == State::kDone);
}

RS_TEST(what_the_grammar_does_not_allow_breaks_the_body) {
  for (const std::string_view body :
       {"\r\n", "x\r\n", "4\nWiki", "4\r\nWikix", "4\r\nWiki\n0", "-4\r\n", "+4\r\n", "0x4\r\n",
        " 4\r\n", "4\rWiki", "4;\x01\r\n", "0\r\nA: \x01\r\n\r\n", "0\r\nA: b\n", "0\r\n\rx",
        "1000000000000000\r\n", "ffffffffffffffffffff\r\n"}) {
    RS_EXPECT(read_in_pieces(body, 1).state == State::kBroken);
  }
}

RS_TEST(extensions_and_trailers_are_bounded) {
  const std::string long_extension = "4;" + std::string(5000, 'x');
  RS_EXPECT(read_in_pieces(long_extension, 7).state == State::kBroken);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1000; ++i) {
    trailers += "A: bbbbbbbbbb\r\n";
  }
  RS_EXPECT(read_in_pieces(trailers, 100).state == State::kBroken);
}

RS_TEST(nothing_is_read_after_the_end) {
  ChunkedBody body;
  std::string data;
  const auto keep = [&](std::string_view piece) { data += piece; };
  RS_EXPECT(body.feed("0\r\n\r\n", keep) == State::kDone);
  RS_EXPECT(body.feed("4\r\nWiki\r\n", keep) == State::kDone);
  RS_EXPECT_EQ(data, "");
}

}  // namespace
