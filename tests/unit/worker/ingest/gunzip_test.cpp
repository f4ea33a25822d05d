// Inflating in steps: any cut, any output size, and what is no gzip.
#include "worker/ingest/gunzip.hpp"

#include <array>
#include <vector>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;
using State = Gunzip::State;

std::string gzip(std::string_view text) {
  z_stream stream{};
  RS_EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string input(text);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  RS_EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

struct Inflated {
  std::string text;
  bool is_broken = false;
  bool is_complete = false;
  std::string error;
};

Inflated inflate_in_pieces(std::string_view bytes, std::size_t n_piece, std::size_t n_out) {
  Gunzip gunzip;
  Inflated all;
  std::vector<char> out(n_out);
  while (!bytes.empty() && !all.is_broken) {
    gunzip.add(bytes.substr(0, n_piece));
    bytes.remove_prefix(std::min(n_piece, bytes.size()));
    for (State state = State::kHasOutput; state == State::kHasOutput;) {
      std::size_t n = 0;
      state = gunzip.step(out, n);
      all.text.append(out.data(), n);
      all.is_broken = state == State::kBroken;
    }
  }
  all.is_complete = gunzip.is_complete();
  all.error = gunzip.error();
  return all;
}

RS_TEST(text_is_the_same_wherever_it_was_cut) {
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += "line " + std::to_string(i * 7919) + "\n";
  }
  const std::string packed = gzip(text);
  for (const std::size_t n_piece : {std::size_t{1}, std::size_t{7}, packed.size()}) {
    for (const std::size_t n_out : {1U, 100U, 65536U}) {
      const Inflated all = inflate_in_pieces(packed, n_piece, n_out);
      RS_EXPECT_EQ(all.text, text);
      RS_EXPECT(all.is_complete);
    }
  }
}

RS_TEST(several_members_are_one_text) {
  const std::string packed = gzip("one ") + gzip("two ") + gzip("");
  for (const std::size_t n_piece : {std::size_t{1}, packed.size()}) {
    const Inflated all = inflate_in_pieces(packed, n_piece, 64);
    RS_EXPECT_EQ(all.text, "one two ");
    RS_EXPECT(all.is_complete);
  }
}

RS_TEST(data_that_ends_too_early_is_not_complete) {
  const std::string packed = gzip("some text that is long enough");
  for (std::size_t n = 0; n < packed.size(); ++n) {
    RS_EXPECT(!inflate_in_pieces(std::string_view(packed).substr(0, n), 8, 64).is_complete);
  }
}

RS_TEST(what_is_no_gzip_is_broken_and_says_where) {
  const Inflated plain = inflate_in_pieces("{\"event_type\":\"A\"}", 100, 64);
  RS_EXPECT(plain.is_broken);
  RS_EXPECT_CONTAINS(plain.error, "gzip");
  std::string damaged = gzip("some text that is long enough");
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 0x55);
  RS_EXPECT(inflate_in_pieces(damaged, 100, 64).is_broken);
  RS_EXPECT(inflate_in_pieces(gzip("x") + "trailing garbage", 100, 64).is_broken);
}

RS_TEST(a_bomb_is_broken_before_it_has_grown) {
  const std::string bomb = gzip(std::string(64U << 20U, ' '));
  const Inflated all = inflate_in_pieces(bomb, 4096, 65536);
  RS_EXPECT(all.is_broken);
  RS_EXPECT_CONTAINS(all.error, "times its size");
  RS_EXPECT(all.text.size() <= Gunzip::kBombBytes + 4096 * 1100);
}

}  // namespace
