// Events are gathered in one buffer and written in pieces of up to 64 KiB, as a busy program with
// buffered output would; the peer decides what stands around them.
#include "bench/src/producer.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace ringside::bench {
namespace {

constexpr std::size_t kMaxUnsentBytes = 1U << 16;

}  // namespace

Producer::Producer(Loop& loop, const ProducerOptions& options, Fd fd)
    : loop_(loop), fd_(std::move(fd)), index_(options.index) {
  loop_.add(fd_.get(), EPOLLIN, this);
}

bool Producer::try_publish() {
  if (out_.size() - out_sent_ >= kMaxUnsentBytes ||
      (max_unacked() != UINT64_MAX && published_ - acked_ >= max_unacked())) {
    return false;
  }
  const Mark mark{index_, static_cast<std::uint32_t>(published_), now_ns()};
  append_event(out_, event_.stamp(mark));
  ++published_;
  return true;
}

void Producer::flush() {
  while (out_sent_ < out_.size()) {
    const ssize_t n =
        send(fd_.get(), out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno != EAGAIN) {
        complain(std::string("send: ") + std::strerror(errno));
        out_sent_ = out_.size();
      }
      break;
    }
    out_sent_ += static_cast<std::size_t>(n);
  }
  const bool full = out_sent_ < out_.size();
  if (!full) {
    out_.clear();
    out_sent_ = 0;
  }
  if (full != waiting_for_room_) {
    waiting_for_room_ = full;
    loop_.change(fd_.get(), full ? EPOLLIN | EPOLLOUT : EPOLLIN, this);
  }
}

void Producer::on_events(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    std::array<char, 16384> room;
    const ssize_t n = recv(fd_.get(), room.data(), room.size(), 0);
    if (n > 0) {
      in_.append(room.data(), static_cast<std::size_t>(n));
      in_.erase(0, take_input(in_));
    } else if (n == 0 || errno != EAGAIN) {
      complain("the server closed the producer's connection");
      loop_.remove(fd_.get());
      return;
    }
  }
  flush();
}

void Producer::complain(std::string_view what) {
  if (error_.empty()) {
    error_ = what.substr(0, 300);
  }
}

}  // namespace ringside::bench
