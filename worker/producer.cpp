// The acknowledgement goes out when the log has stored the events: a worker that is killed before
// that has acknowledged too little, never too much. The shared ring stores at once, so there it goes
// out at the end of a read's worth of lines.
#include "worker/producer.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/log.hpp"

namespace ringside {

Producer::Producer(UniqueFd fd, const Peer& peer, Pipeline& pipeline)
    : fd_(std::move(fd)),
      peer_(peer),
      pipeline_(pipeline),
      stream_(pipeline.begin_stream()),
      framer_(pipeline.limits().max_event_bytes) {}

Producer::~Producer() { pipeline_.end_stream(origin()); }

Producer::State Producer::on_ready(FdEvents events, std::span<char> buffer) {
  if (!at_end_ && (events.readable || events.broken)) {
    ReadOutcome outcome = ReadOutcome::kNothing;
    do {
      std::size_t n_read = 0;
      outcome = read_once(buffer, n_read);
    } while (events.broken &&
             outcome == ReadOutcome::kBytes);  // what is left is no more than a socket's buffer,
                                               // and is not reported again
    if (outcome == ReadOutcome::kEnd || events.broken) {
      finish();
    }
  }
  if (!answers_.flush(fd_.get()) && at_end_) {
    return State::kDone;
  }
  return events.broken ? State::kDone : after_answers();
}

Producer::State Producer::after_answers() {
  if (at_end_ && !answers_.is_waiting() && !window_.is_waiting()) {
    return State::kDone;
  }
  paused_ = !at_end_ && pipeline_.is_full();
  if (watch_ != nullptr) {
    watch_->wait_for(!at_end_ && !window_.is_waiting() && !paused_, answers_.is_waiting());
  }
  return State::kOpen;
}

void Producer::drain(std::span<char> buffer) {
  int n_queued = 0;
  if (at_end_ || ::ioctl(fd_.get(), SIOCINQ, &n_queued) != 0) {
    return;
  }
  for (std::size_t left = n_queued > 0 ? static_cast<std::size_t>(n_queued) : 0; left > 0;) {
    std::size_t n_read = 0;
    if (read_once(buffer, n_read) != ReadOutcome::kBytes) {
      break;
    }
    left -= std::min(left, n_read);
  }
  std::size_t n_read = 0;
  if (read_once(buffer.first(1), n_read) ==
      ReadOutcome::kEnd) {  // it had finished: its last line may be without an end
    finish();
  }
  answers_.flush(fd_.get());
}

Producer::ReadOutcome Producer::read_once(std::span<char> buffer, std::size_t& n_read) {
  const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n > 0) {
    n_read = static_cast<std::size_t>(n);
    take({buffer.data(), n_read});
    return ReadOutcome::kBytes;
  }
  // A producer that closed without reading its answers leaves ECONNRESET after what it sent.
  return n < 0 && (errno == EAGAIN || errno == EINTR) ? ReadOutcome::kNothing : ReadOutcome::kEnd;
}

void Producer::take(std::string_view bytes) {
  const std::uint64_t before = n_processed_;
  const bool was_silent = !wants_acks_;
  pipeline_.begin_burst();
  framer_.feed(
      bytes, [this](std::string_view line) { on_line(line); }, [this] { on_too_long(); });
  if (wants_acks_ && (n_processed_ != before || was_silent)) {
    acknowledge();
  }
}

void Producer::finish() {
  at_end_ = true;
  const std::uint64_t before = n_processed_;
  pipeline_.begin_burst();
  framer_.finish([this](std::string_view line) { on_line(line); });
  for (const std::string& event : will_.execute()) {
    accept(event);
  }
  if (wants_acks_ && n_processed_ != before) {
    acknowledge();
  }
}

void Producer::acknowledge() {
  window_.note(n_processed_, pipeline_.last_ticket());
  tell_acknowledged();
}

// The first time also that it is none yet: that is the answer to hello.
void Producer::tell_acknowledged() {
  const std::uint64_t n = window_.acknowledged(pipeline_.stored_up_to());
  if (n_told_ != n) {
    n_told_ = n;
    answers_.acknowledge(n);
  }
}

Producer::State Producer::on_stored() {
  if (window_.is_waiting()) {
    tell_acknowledged();
    if (!answers_.flush(fd_.get()) && at_end_) {
      return State::kDone;
    }
  }
  return after_answers();
}

void Producer::on_line(std::string_view line) {
  ++n_lines_;
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
    return;
  }
  if (std::exchange(may_say_hello_, false) && takes_hello(line)) {
    return;
  }
  if (LastWill::may_be(line) && takes_will(line)) {
    return;
  }
  ++n_processed_;
  accept(line);
}

bool Producer::takes_will(std::string_view line) {
  Rejection why;
  const LastWill::Outcome outcome = will_.take(line, why);
  if (outcome == LastWill::Outcome::kRefused) {
    ++n_processed_;
    pipeline_.reject(why, line, origin());
    refuse(why);
  }
  return outcome != LastWill::Outcome::kNoWill;
}

void Producer::accept(std::string_view event) {
  if (const auto refused = pipeline_.accept(event, origin())) {
    refuse(*refused);
  }
}

void Producer::refuse(const Rejection& refused) {
  answers_.reject(n_lines_, refused);
  log::debug("line {} of process {} (uid {}) was refused: {}", n_lines_, peer_.pid, peer_.uid,
             refused.message);
}

void Producer::on_too_long() {
  ++n_lines_;
  ++n_processed_;
  may_say_hello_ = false;
  const Rejection refused{
      fmt::format("line is longer than {} bytes", pipeline_.limits().max_event_bytes), ""};
  pipeline_.reject(refused, "", origin());
  answers_.reject(n_lines_, refused);
}

bool Producer::takes_hello(std::string_view line) {
  constexpr std::size_t kMaxHelloBytes = 4096;
  if (line.size() > kMaxHelloBytes || line.find("hello") == std::string_view::npos) {
    return false;
  }
  const auto hello = Json::parse(line);
  if (!hello || (*hello)["type"].as_string() != "hello" || (*hello)["event_type"].present()) {
    return false;
  }
  wants_acks_ = (*hello)["ack"].as_bool().value_or(false);
  return true;
}

EventOrigin Producer::origin() const noexcept {
  return {.source = "events.sock",
          .uid = peer_.uid,
          .pid = static_cast<std::uint32_t>(peer_.pid),
          .line = n_lines_,
          .stream = stream_};
}

}  // namespace ringside
