// The program before us is terraform, say, in the middle of changing things: when nobody reads what
// it writes, it waits or dies. So whatever happens to the worker, its output is read to the end.
// Events are kept as batches of text: an allocation for each would cost more than sending it.
#include "cli/relay.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "cli/terminal.hpp"
#include "cli/worker_answer.hpp"

namespace ringside::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kRetry{100};
constexpr std::size_t kBatchBytes = 16U << 10U;

std::size_t n_lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

Relay::Relay(std::string path)
    : Relay(std::move(path), [](const std::string& message) { complain(message); }) {}

Status Relay::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) {
    return fail(path_ + ": a socket's path must be shorter than 108 bytes");
  }
  std::memcpy(address.sun_path, path_.data(), path_.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid() ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("cannot connect to " + path_);
  }
  fd_ = std::move(fd);
  greeting_ = std::string(kAskForAnswers) + will_;
  answer_.clear();
  n_acknowledged_ = 0;
  was_connected_ = true;
  const std::size_t n_again = n_waiting_;
  if (!write_some()) {
    return fail("the worker closed the connection");
  }
  if (std::exchange(reported_away_, false)) {
    tell_(fmt::format("connected again; {} events were sent again", n_again));
  }
  return {};
}

void Relay::send(std::string_view lines) {
  keep(lines);
  if (!fd_.valid()) {
    static_cast<void>(connect());  // sends what was kept
  } else {
    static_cast<void>(write_some());
  }
}

void Relay::turn() {
  if (!fd_.valid()) {
    if (n_waiting_ != 0) {
      static_cast<void>(connect());
    }
    return;
  }
  if (read_some()) {
    static_cast<void>(write_some());
  }
}

Status Relay::finish(Patience patience) {
  const auto begin = steady_clock::now();
  auto end = begin + patience.idle - patience.waited;
  while (n_waiting_ != 0) {
    const auto now = steady_clock::now();
    const auto left = std::chrono::ceil<milliseconds>(std::min(end, begin + patience.total) - now);
    pollfd answers{fd(), wanted(), 0};  // without a connection, a pause between two attempts
    ::poll(&answers, 1, static_cast<int>(std::clamp(left, milliseconds(0), kRetry).count()));
    const std::size_t n_before = n_waiting_;
    turn();
    if (n_waiting_ < n_before) {
      end = steady_clock::now() + patience.idle;  // it continues
    }
    if (steady_clock::now() >= std::min(end, begin + patience.total)) {
      break;
    }
  }
  withdraw_will();
  n_given_up_ += n_waiting_;
  batches_.clear();
  next_ = n_bytes_ = n_waiting_ = 0;
  fd_.reset();
  if (n_given_up_ != 0) {
    return fail(fmt::format("{} of {} events were not acknowledged and are given up", n_given_up_,
                            n_sent_));
  }
  return {};
}

// A worker that will not even read the last events is to say that this program has gone.
void Relay::withdraw_will() {
  const bool has_will = !std::exchange(will_, {}).empty();
  if (has_will && fd_.valid() && greeting_.empty() && next_ == batches_.size()) {
    static_cast<void>(
        ::send(fd_.get(), kNoWill.data(), kNoWill.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }
}

short Relay::wanted() const noexcept {
  const bool has_more = !greeting_.empty() || next_ < batches_.size();
  return static_cast<short>(POLLIN | (fd_.valid() && has_more ? POLLOUT : 0));
}

milliseconds Relay::silent_for() const noexcept {
  return n_waiting_ == 0 ? milliseconds(0)
                         : std::chrono::floor<milliseconds>(steady_clock::now() - progress_);
}

void Relay::keep(std::string_view lines) {
  if (n_waiting_ == 0) {
    progress_ = steady_clock::now();
  }
  while (!lines.empty()) {
    if (next_ == batches_.size() || batches_.back().bytes.size() >= kBatchBytes) {
      batches_.emplace_back();
    }
    // Whole lines, about a batch of them.
    std::size_t n = lines.size();
    if (n > kBatchBytes) {
      n = std::min(lines.find('\n', kBatchBytes), lines.size() - 1) + 1;
    }
    const std::size_t n_events = n_lines_of(lines.substr(0, n));
    batches_.back().bytes += lines.substr(0, n);
    batches_.back().n_events += n_events;
    n_bytes_ += n;
    n_waiting_ += n_events;
    n_sent_ += n_events;
    lines.remove_prefix(n);
  }
  drop_excess();
}

// What has been written in part must stay: the worker counts it.
void Relay::drop_excess() {
  while (n_waiting_ > kMostWaiting || n_bytes_ > kMostBytes) {
    const std::size_t at =
        next_ + (next_ < batches_.size() && batches_[next_].n_written != 0 ? 1 : 0);
    if (at >= batches_.size()) {
      return;
    }
    n_given_up_ += batches_[at].n_events;
    n_waiting_ -= batches_[at].n_events;
    n_bytes_ -= batches_[at].bytes.size();
    batches_.erase(batches_.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

// Returns false when the connection broke.
bool Relay::write_some() {
  const auto write = [this](const char* data, std::size_t n) {
    const ssize_t done = ::send(fd_.get(), data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done < 0 && errno != EAGAIN && errno != EINTR) {
      return done;
    }
    return std::max<ssize_t>(done, 0);
  };
  while (!greeting_.empty() || next_ < batches_.size()) {
    const bool greets = !greeting_.empty();
    Batch* const batch = greets ? nullptr : &batches_[next_];
    const std::string_view rest = greets ? std::string_view(greeting_)
                                         : std::string_view(batch->bytes).substr(batch->n_written);
    const ssize_t done = write(rest.data(), rest.size());
    if (done < 0) {
      lost_connection(fail_errno("the connection broke").value().message);
      return false;
    }
    const auto n = static_cast<std::size_t>(done);
    if (greets) {
      greeting_.erase(0, n);
    } else {
      batch->n_written += n;
      next_ += n == rest.size() ? 1U : 0U;
    }
    if (n < rest.size()) {
      break;
    }
  }
  return true;
}

// Returns false when the connection has ended.
bool Relay::read_some() {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      return true;
    }
    if (n <= 0) {
      lost_connection(n == 0 ? "the worker closed the connection"
                             : fail_errno("the connection broke").value().message);
      return false;
    }
    answer_.append(buffer.data(), static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end = answer_.find('\n'); end != std::string::npos;
         end = answer_.find('\n', begin)) {
      take_answer(std::string_view(answer_).substr(begin, end - begin));
      begin = end + 1;
    }
    answer_.erase(0, begin);
  }
}

void Relay::take_answer(std::string_view line) {
  const auto answer = parse_worker_answer(line);
  if (!answer) {
    return;
  }
  take_acknowledged(answer->n_acknowledged.value_or(0));
  n_rejected_ += answer->n_rejected;
  if (!answer->error) {
    return;
  }
  if (answer->line) {  // of what terraform's lines became: the number helps nobody
    tell_(fmt::format("an event was rejected: {}", *answer->error));
  } else if (answer->n_rejected != 0 || !reported_away_) {  // the connection itself: once
    tell_(*answer->error);
  }
}

void Relay::take_acknowledged(std::uint64_t n) {
  while (n_acknowledged_ < n && !batches_.empty() && batches_.front().n_written != 0) {
    Batch& oldest = batches_.front();
    const auto n_new = static_cast<std::size_t>(
        std::min<std::uint64_t>(n - n_acknowledged_, oldest.n_events - oldest.n_acknowledged));
    if (n_new == 0 && next_ == 0) {
      break;
    }
    n_acknowledged_ += n_new;
    n_waiting_ -= n_new;
    oldest.n_acknowledged += n_new;
    progress_ = steady_clock::now();
    if (oldest.n_acknowledged == oldest.n_events && next_ > 0) {
      n_bytes_ -= oldest.bytes.size();
      batches_.pop_front();
      --next_;
    }
  }
}

void Relay::lost_connection(const std::string& why) {
  if (fd_.valid()) {  // its last acknowledgements are still to be read
    std::array<char, 16384> buffer;
    for (ssize_t n = 1; n > 0;) {
      n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      answer_.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    for (std::size_t end = answer_.find('\n'); end != std::string::npos; end = answer_.find('\n')) {
      take_answer(std::string_view(answer_).substr(0, end));
      answer_.erase(0, end + 1);
    }
    fd_.reset();
  }
  greeting_.clear();
  next_ = 0;
  // The next connection begins with the first event that was not acknowledged.
  for (Batch& batch : batches_) {
    std::size_t begin = 0;
    for (std::size_t n = batch.n_acknowledged; n > 0; --n) {
      begin = batch.bytes.find('\n', begin) + 1;
    }
    batch.bytes.erase(0, begin);
    n_bytes_ -= begin;
    batch.n_events -= batch.n_acknowledged;
    batch.n_acknowledged = batch.n_written = 0;
  }
  std::erase_if(batches_, [](const Batch& batch) { return batch.n_events == 0; });
  drop_excess();
  if (!std::exchange(reported_away_, true)) {
    tell_(why + "; its events are kept, and sent when the worker is back");
  }
}

}  // namespace ringside::cli
