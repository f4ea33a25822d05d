// A read goes to the loop's shared buffer and whole frames or chunks are used where they are; only the
// beginning of one whose end has not come yet is kept by the connection. So ten thousand idle
// subscribers cost the generator little, and a busy one copies nothing twice but that remainder.
#include "bench/src/subscriber.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace ringside::bench {

Subscriber::Subscriber(Loop& loop, Tally& tally, Dialect dialect, std::uint16_t port)
    : loop_(loop), tally_(tally), dialect_(std::move(dialect)), port_(port) {}

void Subscriber::start(int receive_bytes) {
  tail_.clear();
  ready_ = failed_ = false;
  fd_ = connect_tcp(port_, receive_bytes);
  reset_on_close(fd_.get());
  state_ = State::kConnecting;
  loop_.add(fd_.get(), EPOLLOUT, this);
  in_loop_ = true;
}

void Subscriber::abandon() noexcept {
  if (state_ == State::kOpen) {
    --tally_.n_open;
  }
  if (ready_) {
    --tally_.n_ready;
  }
  ready_ = false;
  state_ = State::kIdle;
  in_loop_ = false;
  fd_.reset();
}

void Subscriber::stop_reading() noexcept {
  loop_.remove(fd_.get());
  in_loop_ = false;
}

void Subscriber::read_some(std::size_t max_bytes) {
  if (state_ == State::kOpen) {
    read(max_bytes);
  }
}

void Subscriber::forget_order() noexcept { seen_.fill(false); }

void Subscriber::on_events(std::uint32_t events) {
  if (state_ == State::kIdle || !in_loop_) {
    return;
  }
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      lose(std::string("connect: ") + std::strerror(error));
      return;
    }
    if ((events & EPOLLOUT) != 0) {
      state_ = State::kUpgrading;
      loop_.change(fd_.get(), EPOLLIN, this);
      send_all(request());
    }
    return;
  }
  read(loop_.scratch().size());
}

void Subscriber::read(std::size_t max_bytes) {
  const std::span<char> room = loop_.scratch();
  const std::size_t kept = tail_.size();
  if (kept >= room.size()) {
    lose("a frame or chunk larger than the generator's buffer");
    return;
  }
  std::memcpy(room.data(), tail_.data(), kept);
  const ssize_t n = recv(fd_.get(), room.data() + kept, std::min(max_bytes, room.size() - kept), 0);
  if (n <= 0) {
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
      lose(n == 0 ? "closed by the server" : std::string("recv: ") + std::strerror(errno));
    }
    return;
  }
  ++tally_.n_reads;
  tally_.bytes += static_cast<std::uint64_t>(n);
  const std::size_t size = kept + static_cast<std::size_t>(n);
  std::size_t used = 0;
  if (state_ == State::kUpgrading) {
    used = take_answer({room.data(), size});
  }
  if (state_ == State::kOpen) {
    used += stream_ != nullptr ? take_stream({room.data() + used, size - used})
                               : take_frames(room.data() + used, size - used);
  }
  if (state_ != State::kIdle) {
    tail_.assign(room.data() + used, size - used);
  }
}

void Subscriber::send_all(std::string_view bytes) {
  // Requests and greetings are short: a fresh socket takes them whole.
  if (send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    lose(std::string("send: ") + std::strerror(errno));
  }
}

std::string Subscriber::request() const {
  return dialect_.accept.empty() ? upgrade_request(dialect_.upgrade)
                                 : stream_request(dialect_.upgrade.target, dialect_.accept);
}

std::string Subscriber::accept_answer(std::string_view head) {
  if (!dialect_.accept.empty()) {
    stream_ = std::make_unique<HttpStream>(head, dialect_.message_end);
    return check_stream_answer(head, dialect_.accept);
  }
  if (header_value(head, "sec-websocket-extensions").starts_with("permessage-deflate")) {
    inflater_ = std::make_unique<Inflater>();
  }
  return check_upgrade_answer(head);
}

std::size_t Subscriber::take_answer(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return 0;
  }
  const std::string_view head = text.substr(0, end + 2);
  if (const std::string wrong = accept_answer(head); !wrong.empty()) {
    lose(wrong + " " + std::string(text.substr(end + 4, 200)));
    return text.size();
  }
  state_ = State::kOpen;
  ++tally_.n_open;
  if (!dialect_.greeting.empty()) {
    std::string frame;
    append_masked_frame(frame, dialect_.opcode, dialect_.greeting);
    send_all(frame);
  }
  if (dialect_.ready_at_once) {
    became_ready();
  }
  return end + 4;
}

std::size_t Subscriber::take_frames(char* text, std::size_t size) {
  std::size_t used = 0;
  Frame frame;
  while (state_ == State::kOpen) {
    const std::size_t n = parse_frame(text + used, size - used, frame);
    if (n == 0) {
      break;
    }
    used += n;
    take_frame(frame);
  }
  return used;
}

std::size_t Subscriber::take_stream(std::string_view text) {
  std::size_t used = 0;
  std::string_view messages;
  while (state_ == State::kOpen && used < text.size()) {
    const std::size_t n = stream_->take(text.substr(used), messages);
    if (n == 0) {
      break;
    }
    used += n;
    if (!messages.empty()) {
      take_message(messages);
    }
    if (stream_->ended()) {
      lose("the server ended the stream");
    }
  }
  return used;
}

void Subscriber::take_frame(const Frame& frame) {
  const std::string_view payload(frame.payload, frame.payload_bytes);
  switch (frame.opcode) {
    case Opcode::kPing: {
      std::string answer;
      append_masked_frame(answer, Opcode::kPong, payload);
      send_all(answer);
      return;
    }
    case Opcode::kPong:
      return;
    case Opcode::kClose: {
      const unsigned code = payload.size() < 2 ? 1005U
                                               : static_cast<std::uint8_t>(payload[0]) * 256U +
                                                     static_cast<std::uint8_t>(payload[1]);
      lose("closed with " + std::to_string(code) + " " +
           std::string(payload.substr(std::min<std::size_t>(2, payload.size()))));
      return;
    }
    default:
      break;
  }
  const bool whole = frame.final && frame.opcode != Opcode::kContinuation;
  if (frame.opcode != Opcode::kContinuation) {
    fragments_compressed_ = frame.compressed;
  }
  if (!whole) {
    fragments_.append(payload);
    if (!frame.final) {
      return;
    }
  }
  const std::string_view message = whole ? payload : std::string_view(fragments_);
  if (fragments_compressed_ && inflater_ != nullptr) {
    take_message(inflater_->inflate_message(message));
  } else {
    take_message(message);
  }
  fragments_.clear();
}

void Subscriber::take_message(std::string_view message) {
  const std::uint64_t now = tally_.record_latency && timed_ ? now_ns() : 0;
  const std::size_t n =
      tally_.scanner.scan(message.data(), message.size(), [this, now](const Mark& mark) {
        const std::size_t from = mark.producer % kMaxProducers;
        if (seen_[from] && mark.seq != next_seq_[from]) {
          ++tally_.out_of_order;
        }
        seen_[from] = true;
        next_seq_[from] = mark.seq + 1;
        if (now > mark.sent_ns) {
          tally_.latency_ns.add(now - mark.sent_ns);
        }
      });
  if (n == 0) {
    take_notice(message);
    return;
  }
  received_ += n;
  tally_.deliveries += n;
  ++tally_.n_messages;
}

void Subscriber::take_notice(std::string_view message) {
  switch (dialect_.classify(message)) {
    case Notice::kReady:
      became_ready();
      break;
    case Notice::kPing: {
      std::string frame;
      append_masked_frame(frame, dialect_.opcode, dialect_.pong);
      send_all(frame);
      break;
    }
    case Notice::kGap:
      ++tally_.gaps_announced;
      if (tally_.first_error.empty()) {
        tally_.first_error = message.substr(0, 200);
      }
      break;
    case Notice::kReplayEnd:
      ++tally_.n_replayed;
      break;
    case Notice::kError:
      if (tally_.first_error.empty()) {
        tally_.first_error = message.substr(0, 200);
      }
      break;
    case Notice::kNothing:
      break;
  }
}

void Subscriber::became_ready() {
  if (!ready_) {
    ready_ = true;
    ++tally_.n_ready;
  }
}

void Subscriber::lose(const std::string& why) {
  if (tally_.first_error.empty()) {
    tally_.first_error = why;
  }
  ++tally_.n_lost;
  abandon();
  failed_ = true;
}

}  // namespace ringside::bench
