// A bare LF, a blank before the size and other latitude that RFC 9112 forbids break the body: two servers that read one
// body differently are how requests are smuggled.
#include "core/proto/chunked_body.hpp"

#include <algorithm>
#include <cctype>

namespace ringside {
namespace {

constexpr std::size_t kMaxDigits = 15;  // sizes stay below 2^60

[[nodiscard]] bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20U && c != '\t') || c == '\x7f';
}

}  // namespace

ChunkedBody::At ChunkedBody::after_size(char c) noexcept {
  if (at_ == At::kSize && std::isxdigit(static_cast<unsigned char>(c)) != 0) {
    const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    left_ = left_ * 16 + static_cast<std::uint64_t>(lower <= '9' ? lower - '0' : lower - 'a' + 10);
    return ++n_digits_ > kMaxDigits ? At::kBroken : At::kSize;
  }
  if (n_digits_ == 0 || ++n_line_ > kMaxLineBytes) {
    return At::kBroken;
  }
  if (c == '\r') {
    return At::kSizeEnd;
  }
  if (at_ == At::kExtension) {
    return is_control(c) ? At::kBroken : At::kExtension;
  }
  return c == ';' || c == ' ' || c == '\t' ? At::kExtension : At::kBroken;
}

ChunkedBody::At ChunkedBody::after_trailer(char c) noexcept {
  if (c == '\r') {
    return At::kTrailerEnd;
  }
  ++n_line_;
  return is_control(c) || n_line_ > kMaxLineBytes || ++n_trailers_ > kMaxTrailerBytes
             ? At::kBroken
             : At::kTrailer;
}

ChunkedBody::At ChunkedBody::after(char c) noexcept {
  switch (at_) {
    case At::kSize:
    case At::kExtension:
      return after_size(c);
    case At::kSizeEnd:
      n_digits_ = 0;
      n_line_ = 0;
      return c != '\n' ? At::kBroken : left_ == 0 ? At::kTrailer : At::kData;
    case At::kDataEnd:
      return c == '\r' ? At::kDataLineEnd : At::kBroken;
    case At::kDataLineEnd:
      return c == '\n' ? At::kSize : At::kBroken;
    case At::kTrailer:
      return after_trailer(c);
    case At::kTrailerEnd: {
      const bool was_empty = n_line_ == 0;
      n_line_ = 0;
      return c != '\n' ? At::kBroken : was_empty ? At::kEnd : At::kTrailer;
    }
    case At::kData:
    case At::kEnd:
    case At::kBroken:
      break;
  }
  return at_;
}

ChunkedBody::State ChunkedBody::feed(std::string_view bytes,
                                     const std::function<void(std::string_view)>& on_data) {
  while (!bytes.empty() && state() == State::kMore) {
    if (at_ != At::kData) {
      at_ = after(bytes.front());
      bytes.remove_prefix(1);
      continue;
    }
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    on_data(bytes.substr(0, n));
    bytes.remove_prefix(n);
    left_ -= n;
    at_ = left_ == 0 ? At::kDataEnd : At::kData;
  }
  return state();
}

}  // namespace ringside
