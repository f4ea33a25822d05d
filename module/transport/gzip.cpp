// zlib at its quick level: the text is short-lived, and half of its bytes are gone at any level.
#include "module/transport/gzip.hpp"

#include <zlib.h>

#include <array>

#include "core/base/check.hpp"

namespace ringside {

struct Gzip::Stream {
  z_stream z{};
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {
  constexpr int kWindowBits = 15;
  constexpr int kGzipHeader = 16;
  constexpr int kMemoryLevel = 8;
  RS_CHECK(deflateInit2(&stream_->z, Z_BEST_SPEED, Z_DEFLATED, kWindowBits + kGzipHeader,
                        kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
}

Gzip::~Gzip() { deflateEnd(&stream_->z); }

void Gzip::add(std::string_view text, std::string& out) { run(text, Z_NO_FLUSH, out); }

void Gzip::finish(std::string& out) { run({}, Z_FINISH, out); }

void Gzip::run(std::string_view text, int flush, std::string& out) {
  z_stream& z = stream_->z;
  std::array<Bytef, 4096> piece{};
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  do {
    z.next_out = piece.data();
    z.avail_out = static_cast<uInt>(piece.size());
    RS_CHECK(deflate(&z, flush) != Z_STREAM_ERROR);
    out.append(reinterpret_cast<const char*>(piece.data()), piece.size() - z.avail_out);
  } while (z.avail_out == 0);
}

}  // namespace ringside
