// A sender leaves out the four bytes that end a flushed block; they are fed after the message.
#include "bench/src/inflate.hpp"

#include <stdexcept>

namespace ringside::bench {

Inflater::Inflater() : out_(1U << 16, '\0') {
  if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) {
    throw std::runtime_error("inflateInit2");
  }
}

Inflater::~Inflater() { inflateEnd(&stream_); }

void Inflater::feed(std::string_view input) {
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream_.avail_in = static_cast<uInt>(input.size());
  do {
    if (used_ == out_.size()) {
      out_.resize(out_.size() * 2);
    }
    stream_.next_out = reinterpret_cast<Bytef*>(out_.data() + used_);
    stream_.avail_out = static_cast<uInt>(out_.size() - used_);
    const int result = inflate(&stream_, Z_SYNC_FLUSH);
    used_ = out_.size() - stream_.avail_out;
    if (result != Z_OK && result != Z_BUF_ERROR) {
      throw std::runtime_error("a compressed message does not inflate");
    }
  } while (stream_.avail_in != 0 || stream_.avail_out == 0);
}

std::string_view Inflater::inflate_message(std::string_view compressed) {
  used_ = 0;
  feed(compressed);
  feed(std::string_view("\0\0\xff\xff", 4));
  return std::string_view(out_).substr(0, used_);
}

}  // namespace ringside::bench
