// zlib consumes what it can in a step, so the rest of the input is kept until the next one; it is not moved, since a step may
// consume only a few bytes: a gzip member without contents has twenty.
#include "worker/ingest/gunzip.hpp"

#include <fmt/format.h>

#include <new>

#include "core/base/check.hpp"

namespace ringside {
namespace {

constexpr int kGzipOnly = 15 + 16;  // the largest window, and a gzip header

}  // namespace

void Gunzip::End::operator()(z_stream* stream) const noexcept {
  inflateEnd(stream);
  delete stream;
}

Gunzip::Gunzip() {
  auto stream = std::make_unique<z_stream>();
  if (inflateInit2(stream.get(), kGzipOnly) != Z_OK) {
    throw std::bad_alloc();
  }
  stream_.reset(stream.release());
}

void Gunzip::add(std::string_view bytes) {
  RS_CHECK(rest().empty());
  input_ = bytes;
  taken_ = 0;
  n_in_ += bytes.size();
}

Gunzip::State Gunzip::broken(std::string message) {
  error_ = std::move(message);
  return State::kBroken;
}

Gunzip::State Gunzip::step(std::span<char> out, std::size_t& n_out) {
  n_out = 0;
  if (rest().empty() && has_ended_) {
    return State::kMore;
  }
  if (has_ended_) {
    inflateReset(stream_.get());
    has_ended_ = false;
  }
  stream_->next_in = reinterpret_cast<Bytef*>(input_.data() + taken_);
  stream_->avail_in = static_cast<uInt>(rest().size());
  stream_->next_out = reinterpret_cast<Bytef*>(out.data());
  stream_->avail_out = static_cast<uInt>(out.size());
  const int result = inflate(stream_.get(), Z_NO_FLUSH);
  n_out = out.size() - stream_->avail_out;
  n_out_ += n_out;
  const bool is_full = stream_->avail_out == 0;
  taken_ = input_.size() - stream_->avail_in;
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
    return broken(fmt::format("the gzip data is broken before byte {}: {}", n_in_ - rest().size(),
                              stream_->msg != nullptr ? stream_->msg : zError(result)));
  }
  if (n_out_ > kBombBytes && n_out_ / kMaxRatio > n_in_) {
    return broken(fmt::format("the gzip data inflates to more than {} times its size", kMaxRatio));
  }
  has_ended_ = result == Z_STREAM_END;
  return is_full || !rest().empty() ? State::kHasOutput : State::kMore;
}

}  // namespace ringside
