// A chunk that ends with a message, as nearly all do, is used where it is. Only the begin of a
// message whose end is in another chunk is copied.
#include "bench/src/http_stream.hpp"

#include <charconv>
#include <stdexcept>

#include "bench/src/handshake.hpp"

namespace ringside::bench {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kMaxSizeLine = 256;
constexpr std::size_t kMaxHeldBytes = std::size_t{4} << 20U;

}  // namespace

std::size_t parse_chunk(std::string_view text, Chunk& out) {
  const std::size_t line = text.substr(0, kMaxSizeLine).find(kLineEnd);
  if (line == std::string_view::npos) {
    if (text.size() >= kMaxSizeLine) {
      throw std::runtime_error("the line with the size of a chunk does not end");
    }
    return 0;
  }
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + line, size, 16);
  // An extension may follow the size.
  if (error != std::errc{} || (*end != '\r' && *end != ';' && *end != ' ')) {
    throw std::runtime_error("not the size of a chunk: " + std::string(text.substr(0, line)));
  }
  const std::size_t begin = line + kLineEnd.size();
  const std::size_t left = text.size() - begin;
  if (left < size || left - size < kLineEnd.size()) {
    return 0;
  }
  out.text = text.substr(begin, size);
  out.last = size == 0;
  if (!out.last && text.substr(begin + size, kLineEnd.size()) != kLineEnd) {
    throw std::runtime_error("a chunk is longer than its size says");
  }
  return begin + size + kLineEnd.size();
}

std::string stream_request(const std::string& target, const std::string& accept) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAccept: " + accept + "\r\n\r\n";
}

std::string check_stream_answer(std::string_view head, std::string_view accept) {
  if (!head.starts_with("HTTP/1.1 200")) {
    return "refused: " + std::string(head.substr(0, head.find(kLineEnd)));
  }
  const std::string_view type = header_value(head, "content-type");
  return type.starts_with(accept) ? "" : "the answer is of the type " + std::string(type);
}

HttpStream::HttpStream(std::string_view head, std::string_view message_end)
    : message_end_(message_end),
      is_chunked_(header_value(head, "transfer-encoding").ends_with("chunked")) {}

std::size_t HttpStream::take(std::string_view text, std::string_view& messages) {
  messages = {};
  if (!is_chunked_) {
    messages = whole_messages(text);
    return text.size();
  }
  Chunk chunk;
  const std::size_t n = parse_chunk(text, chunk);
  if (n != 0) {
    ended_ = chunk.last;
    messages = whole_messages(chunk.text);
  }
  return n;
}

std::string_view HttpStream::whole_messages(std::string_view text) {
  held_.erase(0, given_);
  given_ = 0;
  if (held_.empty() && text.ends_with(message_end_)) {
    return text;
  }
  held_.append(text);
  const std::size_t end = held_.rfind(message_end_);
  if (end == std::string::npos) {
    if (held_.size() > kMaxHeldBytes) {
      throw std::runtime_error("a message of more than 4 MiB");
    }
    return {};
  }
  given_ = end + message_end_.size();
  return std::string_view(held_).substr(0, given_);
}

}  // namespace ringside::bench
