// A producer that writes and never reads is the common case (socat, a logger): its refusals fill
// the socket's buffer, then ours, and then are only counted. One that begins to read again learns
// how many it did not get.
#include "worker/answers.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>

#include "core/base/json.hpp"

namespace ringside {
namespace {

// An acknowledgement may be put behind so much unsent text and not more, or each burst would add
// one.
constexpr std::size_t kRoomForAck = 4096;

}  // namespace

void Answers::reject(std::uint64_t line, const Rejection& rejection) {
  if (gone_) {
    return;
  }
  if (unsent_.size() >= kMaxUnsentBytes || n_suppressed_ != 0) {
    ++n_suppressed_;
    return;
  }
  Json answer = Json::object();
  answer.set("error", "invalid_event").set("line", line).set("message", rejection.message);
  if (!rejection.member.empty()) {
    answer.set("member", rejection.member);
  }
  answer.ref().dump_to(unsent_);
  unsent_ += '\n';
}

void Answers::refuse(std::string_view message) {
  Json::object().set("error", "refused").set("message", message).ref().dump_to(unsent_);
  unsent_ += '\n';
}

bool Answers::has_more_to_say() {
  if (unsent_.empty() && n_suppressed_ != 0) {
    unsent_ += fmt::format(
        R"({{"error":"answers_suppressed","count":{},"message":"{} answers were not sent, because they were not read"}})"
        "\n",
        n_suppressed_, n_suppressed_);
    n_suppressed_ = 0;
  }
  if (ack_due_ && unsent_.size() < kRoomForAck) {
    unsent_ += fmt::format("{{\"ack\":{}}}\n", n_processed_);
    ack_due_ = false;
  }
  return !unsent_.empty();
}

bool Answers::flush(int fd) {
  while (!gone_ && has_more_to_say()) {
    const ssize_t n = ::send(fd, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno != EAGAIN) {
      gone_ = true;
      break;
    }
    if (n < 0) {
      return true;
    }
    unsent_.erase(0, static_cast<std::size_t>(n));
  }
  if (gone_) {
    forget();
  }
  return !gone_;
}

void Answers::forget() noexcept {
  unsent_.clear();
  n_suppressed_ = 0;
  ack_due_ = false;
}

}  // namespace ringside
