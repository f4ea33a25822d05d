#include "module/transport/gzip.hpp"

#include <zlib.h>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

std::string unzipped(const std::string& bytes, std::size_t most) {
  z_stream z{};
  RS_EXPECT_EQ(inflateInit2(&z, 15 + 16), Z_OK);
  std::string out(most, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  RS_EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

}  // namespace

RS_TEST(pieces_come_back_as_one_text) {
  Gzip gzip;
  std::string whole;
  std::string out;
  for (int i = 0; i < 20'000; ++i) {
    const std::string piece = "event " + std::to_string(i * 7919) + ",";
    whole += piece;
    gzip.add(piece, out);
  }
  gzip.finish(out);
  RS_EXPECT(out.size() < whole.size() / 2);
  RS_EXPECT(unzipped(out, whole.size() + 1) == whole);
}

RS_TEST(nothing_is_a_valid_body) {
  Gzip gzip;
  std::string out;
  gzip.add("", out);
  gzip.finish(out);
  RS_EXPECT_EQ(unzipped(out, 16), "");
}
