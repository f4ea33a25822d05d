// Frame headers are RFC 6455 section 5.2; a server never masks. Compression is zlib at its quick
// level: events are short and share no context, so a higher level costs much and saves little.
#include "module/transport/frame.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/check.hpp"

namespace ringside {
namespace {

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kRsv1 = 0x40;

std::size_t write_header(std::array<std::byte, 10>& header, Opcode opcode, std::size_t n_bytes,
                         bool compressed) {
  header[0] =
      static_cast<std::byte>(kFin | (compressed ? kRsv1 : 0) | static_cast<std::uint8_t>(opcode));
  if (n_bytes < 126) {
    header[1] = static_cast<std::byte>(n_bytes);
    return 2;
  }
  const std::size_t width = n_bytes <= 0xFFFF ? 2 : 8;
  header[1] = static_cast<std::byte>(width == 2 ? 126 : 127);
  for (std::size_t i = 0; i < width; ++i) {
    header[2 + i] = static_cast<std::byte>((n_bytes >> (8 * (width - 1 - i))) & 0xFFu);
  }
  return 2 + width;
}

// Not memcpy: an empty view may have no address at all, as the payload of a ping has not.
void put(std::vector<std::byte>& bytes, std::size_t at, std::string_view text) {
  std::ranges::copy(std::as_bytes(std::span(text)),
                    bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

void FrameBuffer::append(Opcode opcode, std::string_view payload, bool compressed) {
  std::array<std::byte, 10> header{};
  const std::size_t n_header = write_header(header, opcode, payload.size(), compressed);
  const std::size_t at = bytes_.size();
  bytes_.resize(at + n_header + payload.size());
  std::memcpy(bytes_.data() + at, header.data(), n_header);
  put(bytes_, at + n_header, payload);
}

namespace {

// The header of a payload of 126 to 65,535 bytes, as nearly all are. Another size costs a move of
// the payload.
constexpr std::size_t kUsualHeader = 4;

}  // namespace

void FrameBuffer::begin_frame(std::size_t n_prefix) {
  frame_at_ = bytes_.size();
  body_at_ = frame_at_ + kUsualHeader + n_prefix;
  bytes_.resize(body_at_);
}

void FrameBuffer::end_frame(Opcode opcode, std::string_view prefix) {
  std::array<std::byte, 10> header{};
  const std::size_t n_body = bytes_.size() - body_at_;
  const std::size_t n_header = write_header(header, opcode, prefix.size() + n_body, false);
  const std::size_t n_before = n_header + prefix.size();
  const std::size_t wanted_at = frame_at_ + n_before;
  if (wanted_at > body_at_) {
    bytes_.resize(bytes_.size() + (wanted_at - body_at_));
  }
  if (wanted_at != body_at_) {
    std::memmove(bytes_.data() + wanted_at, bytes_.data() + body_at_, n_body);
    bytes_.resize(wanted_at + n_body);
  }
  std::memcpy(bytes_.data() + frame_at_, header.data(), n_header);
  put(bytes_, frame_at_ + n_header, prefix);
}

std::string_view FrameBuffer::pending(std::string_view prefix) {
  const std::size_t at = body_at_ - prefix.size();
  put(bytes_, at, prefix);
  return {reinterpret_cast<const char*>(bytes_.data()) + at, bytes_.size() - at};
}

struct Deflater::Stream {
  z_stream z{};
};

Deflater::Deflater() : stream_(std::make_unique<Stream>()) {
  RS_CHECK(deflateInit2(&stream_->z, Z_BEST_SPEED, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
}

Deflater::~Deflater() { deflateEnd(&stream_->z); }

std::string_view Deflater::deflate(std::string_view payload) {
  z_stream& z = stream_->z;
  RS_CHECK(deflateReset(&z) == Z_OK);
  out_.resize(deflateBound(&z, static_cast<uLong>(payload.size())) + 16);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  z.avail_in = static_cast<uInt>(payload.size());
  z.next_out = reinterpret_cast<Bytef*>(out_.data());
  z.avail_out = static_cast<uInt>(out_.size());
  RS_CHECK(::deflate(&z, Z_SYNC_FLUSH) == Z_OK && z.avail_in == 0);
  const std::size_t n_out = out_.size() - z.avail_out;
  RS_CHECK(n_out >= 4);
  return std::string_view(out_).substr(0, n_out - 4);  // RFC 7692 section 7.2.1, step 2
}

}  // namespace ringside
