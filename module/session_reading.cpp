// What is read from the client, and how much of it. The network holds back the rest: it waits in the client, or in the kernel's
// buffers.
#include <fmt/format.h>

#include <algorithm>

#include "core/proto/server_message.hpp"
#include "module/session.hpp"

namespace ringside {
namespace {

// Before the token: more than any that the upgrade could carry.
constexpr std::size_t kMaxBytesBeforeAuth = std::size_t{16} << 10U;
constexpr std::uint32_t kMaxMessagesBeforeAuth = 10;

// Reading a byte from the socket, unmasking it and checking it, which the host does before on_receive() can measure it.
// 6.7 ns on the machine of docs/performance.md: the CPU time of lwsws for pings with 61,000 blanks behind them, less that for
// pings, less the part of this library (perf report --sort dso).
constexpr std::int64_t kReceiptNanosecondsPerByte = 7;

// The client is not noticed to be gone while nothing is read from it.
constexpr std::chrono::nanoseconds kMaxPause = std::chrono::seconds(1);

}  // namespace

void Session::on_receive(std::string_view piece, bool binary, bool last, std::size_t announced) {
  if (closing()) {
    return;
  }
  if (binary) {
    close(CloseCode::kUnsupportedData);
    return;
  }
  const std::size_t limit = message_limit();
  if (announced > limit || inbox_.size() + piece.size() + announced > limit) {
    std::string().swap(inbox_);
    close(CloseCode::kMessageTooBig, fmt::format("a message must have at most {} bytes", limit));
    return;
  }
  if (account_ != nullptr) {
    account_->messages.charge(std::chrono::nanoseconds(static_cast<std::int64_t>(piece.size()) *
                                                       kReceiptNanosecondsPerByte));
  }
  if (!last) {
    inbox_ += piece;
    return;
  }
  if (inbox_.empty()) {
    on_text(piece);
    return;
  }
  std::string whole;
  whole.swap(inbox_);  // gives the memory back when done
  whole += piece;
  on_text(whole);
}

std::size_t Session::message_limit() const noexcept {
  const std::size_t limit = vhost_.options().limit_message_bytes;
  return phase_ == Phase::kAwaitingAuth ? std::min(limit, kMaxBytesBeforeAuth) : limit;
}

void Session::stop_reading_until(MonoTime when) {
  unread_until_ = when;
  connection_.read(false);
  hub_.count(Counter::kReadsPaused);
  hub_.touch(*this);
  hub_.call_at(when);
}

void Session::read_on_in_time() {
  if (unread_until_ && hub_.clock().mono_now() >= *unread_until_) {
    read_on();
  }
}

void Session::read_on() {
  unread_until_.reset();
  connection_.read(true);
}

// A client may send so many messages a second, and its user's messages may use so much CPU time. Over either it is told
// once, with the time to wait; one that continues as if nothing had been said is closed. Over the time, nothing more is read
// from it for as long: to receive messages costs time, too.
bool Session::admit_message() {
  if (phase_ == Phase::kAwaitingAuth && ++n_before_auth_ > kMaxMessagesBeforeAuth) {
    close(CloseCode::kPolicyViolation, "too many messages before the one with the token");
    return false;
  }
  const std::uint32_t limit = vhost_.options().limit_messages_per_second;
  const MonoTime now = hub_.clock().mono_now();
  if (messages_.roll(now)) {
    n_over_rate_ = 0;
  }
  const bool overdrawn = limit != 0 && account_ != nullptr && account_->messages.overdrawn(now);
  if (limit == 0 || (messages_.used() < limit && !overdrawn)) {
    messages_.use(1);
    n_over_rate_ = 0;
    return true;
  }
  const auto wait = std::max<std::chrono::nanoseconds>(
      overdrawn ? account_->messages.until_positive(now) : messages_.ends() - now,
      std::chrono::milliseconds(1));
  if (overdrawn && !unread_until_) {
    stop_reading_until(now + std::min(wait, kMaxPause));
  }
  if (n_over_rate_++ == 0) {
    send_control(error_message(
        {.code = "rate_limited",
         .message = overdrawn ? "the messages of this user use too much processor time"
                              : fmt::format("more than {} messages a second", limit),
         .request = {},
         .event = {},
         .retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait)}));
  } else if (n_over_rate_ >= limit) {
    close(CloseCode::kRateLimited);
  }
  return false;
}

}  // namespace ringside
