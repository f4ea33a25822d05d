// Each piece that is sent ends a message, as the plugin promises; so nothing is kept from one piece to the next but the state of
// the decompressor.
#include "tests/sim/reader.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace ringside::sim {
namespace {

constexpr std::string_view kEventBegin = R"({"event_type")";
constexpr std::string_view kFlushed{"\x00\x00\xff\xff", 4};  // that RFC 7692 leaves out

// The id at the end of an event's text.
std::string_view id_in(std::string_view event) {
  constexpr std::string_view kId = R"("id":")";
  constexpr std::string_view kEnd = R"("})";
  const std::size_t at = event.rfind(kId);
  if (at == std::string_view::npos || !event.ends_with(kEnd)) {
    return {};
  }
  event.remove_prefix(at + kId.size());
  event.remove_suffix(kEnd.size());
  return event;
}

// What is before `end`, which is taken off `text` with it; nothing if there is no `end`.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return piece;
}

}  // namespace

std::string_view name_of(Wire wire) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"WebSocket",    "WebSocket, deflated",
                                                   "event stream", "event stream, gzip",
                                                   "JSON lines",   "JSON lines, gzip"};
  return kNames[static_cast<std::size_t>(wire)];
}

struct Reader::Inflater {
  explicit Inflater(int window_bits) {
    if (inflateInit2(&z, window_bits) != Z_OK) {
      throw std::runtime_error("zlib has no memory");
    }
  }
  ~Inflater() { inflateEnd(&z); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends what `bytes` contain. Returns zlib's result: Z_OK for more to come, Z_STREAM_END for the end.
  int run(std::string_view bytes, std::string& out) {
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    std::array<Bytef, 16'384> piece;
    int result = Z_OK;
    do {
      z.next_out = piece.data();
      z.avail_out = static_cast<uInt>(piece.size());
      result = inflate(&z, Z_SYNC_FLUSH);
      out.append(reinterpret_cast<const char*>(piece.data()), piece.size() - z.avail_out);
    } while (result == Z_OK && z.avail_out == 0);
    return result == Z_BUF_ERROR ? Z_OK : result;  // there was nothing left to do
  }

  z_stream z{};
  std::string text;
};

Reader::Reader(Wire wire) : wire_(wire) {
  constexpr int kRaw = -15;
  constexpr int kGzip = 15 + 16;
  if (wire == Wire::kDeflate) {
    inflater_ = std::make_unique<Inflater>(kRaw);
  } else if (is_gzip(wire)) {
    inflater_ = std::make_unique<Inflater>(kGzip);
  }
}

Reader::~Reader() = default;

void Reader::fail(std::string_view what) {
  if (violation_.empty()) {
    violation_ = fmt::format("{}: {}", name_of(wire_), what);
  }
}

void Reader::take(std::string_view bytes) {
  if (is_websocket(wire_)) {
    take_frames(bytes);
  } else {
    take_chunks(bytes);
  }
}

// --- WebSocket

void Reader::take_frames(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  while (bytes.size() >= 2) {
    std::size_t n = byte(1);
    std::size_t header = 2;
    if (n >= 126) {
      const std::size_t width = n == 126 ? 2 : 8;
      n = 0;
      for (std::size_t i = 0; i < width; ++i) {
        n = n << 8U | byte(2 + i);
      }
      header += width;
    }
    if (header + n > bytes.size()) {
      return fail("a frame that is cut off");
    }
    take_frame(byte(0), bytes.substr(header, n));
    bytes.remove_prefix(header + n);
  }
  if (!bytes.empty()) {
    fail("bytes that are no frame");
  }
}

void Reader::take_frame(std::uint8_t head, std::string_view payload) {
  constexpr std::uint8_t kText = 0x81;
  constexpr std::uint8_t kCompressedText = 0xC1;
  constexpr std::uint8_t kPing = 0x89;
  if (head == kPing) {
    ++n_pings_;
  } else if (head == kText) {
    on_text(payload);
  } else if (head == kCompressedText && wire_ == Wire::kDeflate) {
    inflater_->text.clear();
    inflateReset(&inflater_->z);
    if (inflater_->run(payload, inflater_->text) != Z_OK ||
        inflater_->run(kFlushed, inflater_->text) != Z_OK || inflater_->z.avail_in != 0) {
      return fail("a message that cannot be decompressed");
    }
    on_text(inflater_->text);
  } else {
    fail(fmt::format("a frame that begins with {:#x}", head));
  }
}

// --- HTTP

void Reader::take_chunks(std::string_view bytes) {
  while (!bytes.empty()) {
    if (ended_) {
      return fail("bytes after the end of the body");
    }
    const auto digits = take_until(bytes, "\r\n");
    std::size_t n = 0;
    if (!digits ||
        std::from_chars(digits->data(), digits->data() + digits->size(), n, 16).ptr !=
            digits->data() + digits->size() ||
        n + 2 > bytes.size() || bytes.substr(n, 2) != "\r\n") {
      return fail("bytes that are no chunk");
    }
    const std::string_view chunk = bytes.substr(0, n);
    bytes.remove_prefix(n + 2);
    if (n == 0) {
      if (is_gzip(wire_) && !gzip_ended_) {
        fail("a body that ends before its gzip does");
      }
      ended_ = true;
    } else if (!is_gzip(wire_)) {
      take_body(chunk);
    } else if (gzip_ended_) {
      fail("bytes after the end of the gzip");
    } else {
      std::string text;
      const int result = inflater_->run(chunk, text);
      if (result == Z_STREAM_END) {  // the checksum and the length are right
        gzip_ended_ = true;
      } else if (result != Z_OK) {
        return fail(inflater_->z.msg != nullptr ? inflater_->z.msg : "broken gzip");
      }
      take_body(text);
    }
  }
}

void Reader::take_body(std::string_view text) {
  if (is_event_stream(wire_)) {
    take_event_stream(text);
  } else {
    take_lines(text);
  }
}

void Reader::take_event_stream(std::string_view text) {
  while (!text.empty()) {
    const auto message = take_until(text, "\n\n");
    if (!message) {
      return fail("a message of an event stream that is cut off");
    }
    take_server_sent(*message);
  }
}

// The HTML standard, section 9.2.6.
void Reader::take_server_sent(std::string_view message) {
  std::optional<std::string_view> id;
  std::optional<std::string_view> event;
  std::optional<std::string_view> data;
  std::string_view rest = message;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with(':')) {
      ++n_pings_;
    } else if (line.starts_with("id: ") && !id) {
      id = line.substr(4);
    } else if (line.starts_with("event: ") && !event) {
      event = line.substr(7);
    } else if (line.starts_with("data: ") && !data) {
      data = line.substr(6);
    } else if (!line.starts_with("retry: ")) {
      return fail(fmt::format("a line that is no field, or a field twice: {}", line));
    }
  }
  if (id) {
    last_id_ = *id;
  }
  if (!data) {
    if (event) {
      fail("an event without data");
    } else if (id) {
      on_place(*id);
    }
    return;
  }
  const bool is_event = data->starts_with(kEventBegin);
  if (is_event ? event || !id || *id != id_in(*data) : !event || id) {
    return fail(fmt::format("fields that do not fit: {}", message));
  }
  if (!is_event &&
      !data->starts_with(fmt::format(R"({{"type":"{}")", *event == "problem" ? "error" : *event))) {
    return fail(fmt::format("a name that is not the message's: {}", message));
  }
  on_text(*data);
}

void Reader::take_lines(std::string_view text) {
  while (!text.empty()) {
    const auto line = take_until(text, "\n");
    if (!line) {
      return fail("a line that is cut off");
    }
    if (line->empty()) {
      ++n_pings_;
    } else {
      if (line->starts_with(kEventBegin)) {
        last_id_ = id_in(*line);
      }
      on_text(*line);
    }
  }
}

}  // namespace ringside::sim
