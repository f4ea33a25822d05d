// The inner encoding writes chunks of its own; their text is what is compressed.
#include "module/transport/gzip_stream_encoding.hpp"

#include <array>

#include "core/proto/server_message.hpp"

namespace ringside {
namespace {

// Magic, deflate, no flags, no time, no hint, unknown system.
constexpr std::array<char, 10> kHead{'\x1f', '\x8b', '\x08', 0, 0, 0, 0, 0, 0, '\xff'};
constexpr std::string_view kFlushed{"\x00\x00\xff\xff", 4};  // that Deflater leaves out
constexpr std::string_view kLastBlock{"\x03\x00", 2};        // an empty one
// A piece that is longer would hold up the other connections while it is compressed.
constexpr std::size_t kMaxPieceBytes = 64u << 10u;

void add_little_endian(FrameBuffer& out, std::uint32_t number) {
  std::array<char, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(number >> (8 * i));
  }
  out.add({bytes.data(), bytes.size()});
}

}  // namespace

void GzipStreamEncoding::flush(FrameBuffer& out) {
  std::string text;
  std::string_view chunks(reinterpret_cast<const char*>(plain_.frames().data()), plain_.size());
  while (!chunks.empty()) {
    text += take_http_chunk(chunks);
  }
  plain_.clear();
  if (text.empty()) {
    return;
  }
  chunk_.begin(out);
  out.add(deflater_.deflate(text));
  out.add(kFlushed);
  chunk_.end(out);
  out.plain().add(text);
}

void GzipStreamEncoding::begin_batch(FrameBuffer& /*out*/) {
  is_flushed_ = false;
  inner_.begin_batch(plain_);
}

void GzipStreamEncoding::add_event(FrameBuffer& out, EventId id, std::string_view text,
                                   bool first) {
  inner_.add_event(plain_, id, text, first);
  if (plain_.size() > kMaxPieceBytes) {
    inner_.end_batch(plain_, 1, WallTime{});
    flush(out);
    inner_.begin_batch(plain_);
    is_flushed_ = true;
  } else {
    is_flushed_ = false;
  }
}

void GzipStreamEncoding::end_batch(FrameBuffer& out, unsigned n_events, WallTime now) {
  if (is_flushed_) {
    plain_.clear();
    return;
  }
  inner_.end_batch(plain_, n_events, now);
  flush(out);
}

void GzipStreamEncoding::begin_stream(FrameBuffer& out) {
  chunk_.begin(out);
  out.add({kHead.data(), kHead.size()});
  chunk_.end(out);
  out.plain().has_begun = true;
  inner_.begin_stream(plain_);
  flush(out);
}

void GzipStreamEncoding::add_message(FrameBuffer& out, std::string_view json) {
  inner_.add_message(plain_, json);
  flush(out);
}

void GzipStreamEncoding::add_ping(FrameBuffer& out) {
  inner_.add_ping(plain_);
  flush(out);
}

void GzipStreamEncoding::add_position(FrameBuffer& out, EventId id) {
  inner_.add_position(plain_, id);
  flush(out);
}

void GzipStreamEncoding::end_stream(FrameBuffer& out, const PlainSum& before, CloseCode code,
                                    std::string_view reason) {
  if (!before.has_begun) {
    begin_stream(out);
  }
  add_message(out, close_message(code, reason));
  PlainSum all = before;
  all.add(out.plain());
  chunk_.begin(out);
  out.add(kLastBlock);
  add_little_endian(out, all.crc);
  add_little_endian(out, static_cast<std::uint32_t>(all.n_bytes));
  chunk_.end(out);
  out.add(kLastHttpChunk);
}

}  // namespace ringside
