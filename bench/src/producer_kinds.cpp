// One small class for each way to publish. Where a peer has several, script/bench uses the
// quickest one that its documentation describes.
#include <charconv>
#include <stdexcept>

#include "bench/src/handshake.hpp"
#include "bench/src/producer.hpp"
#include "bench/src/ws_frame.hpp"

namespace ringside::bench {
namespace {

std::uint64_t number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  std::uint64_t value = 0;
  if (at != std::string_view::npos) {
    std::from_chars(text.data() + at + key.size(), text.data() + text.size(), value);
  }
  return value;
}

// Ringside: a JSON object a line on events.sock; acknowledged by running totals on request.
class UnixLines final : public Producer {
 public:
  UnixLines(Loop& loop, const ProducerOptions& options)
      : Producer(loop, options, connect_unix(options.socket_path)) {
    if (options.want_acks) {
      queue("{\"type\":\"hello\",\"ack\":true}\n");
      flush();
    }
  }

 private:
  void append_event(std::string& out, std::string_view event) override {
    out.append(event);
    out.push_back('\n');
  }

  std::size_t take_input(std::string_view input) override {
    std::size_t used = 0;
    for (std::size_t end = 0; (end = input.find('\n', used)) != std::string_view::npos;
         used = end + 1) {
      const std::string_view line = input.substr(used, end - used);
      if (line.starts_with("{\"ack\":")) {
        acked_ = number_after(line, "\"ack\":");
      } else if (line.find("\"error\"") != std::string_view::npos) {
        complain(line);
      }
    }
    return used;
  }
};

// nats: PUB on the client port; a PONG confirms all that was sent before its PING.
class NatsClient final : public Producer {
 public:
  NatsClient(Loop& loop, const ProducerOptions& options)
      : Producer(loop, options, connect_tcp(options.port)) {
    queue("CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\nPING\r\n");
    ready_ = false;
    flush();
  }

  void ask_for_ack() override {
    asked_at_ = published();
    queue("PING\r\n");
    flush();
  }

 private:
  void append_event(std::string& out, std::string_view event) override {
    out += "PUB events ";
    out += std::to_string(event.size());
    out += "\r\n";
    out.append(event);
    out += "\r\n";
  }

  std::size_t take_input(std::string_view input) override {
    std::size_t used = 0;
    for (std::size_t end = 0; (end = input.find("\r\n", used)) != std::string_view::npos;
         used = end + 2) {
      const std::string_view line = input.substr(used, end - used);
      if (line == "PONG") {
        ready_ = true;
        acked_ = asked_at_;
      } else if (line == "PING") {
        queue("PONG\r\n");
      } else if (line.starts_with("-ERR")) {
        complain(line);
      }
    }
    return used;
  }

  std::uint64_t asked_at_ = 0;
};

// nchan: a POST for each event on a connection that stays open, several under way on it.
class HttpPost final : public Producer {
 public:
  HttpPost(Loop& loop, const ProducerOptions& options)
      : Producer(loop, options, connect_tcp(options.port)),
        pipeline_(options.pipeline),
        head_("POST " + options.path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ") {}

 private:
  void append_event(std::string& out, std::string_view event) override {
    out += head_;
    out += std::to_string(event.size());
    out += "\r\n\r\n";
    out.append(event);
  }

  std::size_t take_input(std::string_view input) override {
    std::size_t used = 0;
    for (std::size_t end = 0; (end = input.find("\r\n\r\n", used)) != std::string_view::npos;) {
      const std::string_view head = input.substr(used, end + 2 - used);
      const std::string_view length = header_value(head, "content-length");
      std::size_t body = 0;
      std::from_chars(length.data(), length.data() + length.size(), body);
      if (input.size() - end - 4 < body) {
        break;
      }
      if (!head.starts_with("HTTP/1.1 20")) {
        complain(head);
      }
      ++acked_;
      used = end + 4 + body;
    }
    return used;
  }

  [[nodiscard]] std::uint64_t max_unacked() const override { return pipeline_; }

  std::size_t pipeline_;
  std::string head_;
};

// A WebSocket on which every message is an event: the broadcast loop of `ws`, which answers
// nothing, and nchan's WebSocket publisher, which answers each ("wsack").
class WsSender final : public Producer {
 public:
  WsSender(Loop& loop, const ProducerOptions& options)
      : Producer(loop, options, connect_tcp(options.port)),
        pipeline_(options.kind == "wsack" ? options.pipeline : UINT64_MAX) {
    ready_ = false;
    queue(upgrade_request({.target = options.path, .subprotocol = "", .offer_deflate = false}));
    flush();
  }

 private:
  void append_event(std::string& out, std::string_view event) override {
    append_masked_frame(out, Opcode::kText, event);
  }

  std::size_t take_input(std::string_view input) override {
    std::size_t used = 0;
    if (!ready_) {
      const std::size_t end = input.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        return 0;
      }
      if (const std::string wrong = check_upgrade_answer(input.substr(0, end + 2));
          !wrong.empty()) {
        complain(wrong);
      }
      ready_ = true;
      used = end + 4;
    }
    Frame frame;
    std::string copy(input.substr(used));
    std::size_t at = 0;
    for (std::size_t n = 0; (n = parse_frame(copy.data() + at, copy.size() - at, frame)) != 0;) {
      at += n;
      if (frame.opcode == Opcode::kText) {
        ++acked_;
      } else if (frame.opcode == Opcode::kPing) {
        std::string pong;
        append_masked_frame(pong, Opcode::kPong, {frame.payload, frame.payload_bytes});
        queue(pong);
      } else if (frame.opcode == Opcode::kClose) {
        complain("the server closed the publisher");
      }
    }
    return used + at;
  }

  [[nodiscard]] std::uint64_t max_unacked() const override { return pipeline_; }

  std::uint64_t pipeline_;
};

}  // namespace

std::unique_ptr<Producer> make_producer(Loop& loop, const ProducerOptions& options) {
  if (options.kind == "unix") {
    return std::make_unique<UnixLines>(loop, options);
  }
  if (options.kind == "nats") {
    return std::make_unique<NatsClient>(loop, options);
  }
  if (options.kind == "post") {
    return std::make_unique<HttpPost>(loop, options);
  }
  if (options.kind == "ws" || options.kind == "wsack") {
    return std::make_unique<WsSender>(loop, options);
  }
  throw std::invalid_argument("unknown producer " + options.kind);
}

}  // namespace ringside::bench
