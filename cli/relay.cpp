// The program before us in the pipe is terraform, say, in the middle of changing things: when
// nobody reads what it writes, it dies of it. So whatever happens to the worker, its output is read
// to the end.
#include "cli/relay.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "cli/terminal.hpp"
#include "cli/worker_answer.hpp"

namespace ringside::cli {
namespace {

constexpr int kRetryMs = 100;

}  // namespace

Status Relay::connect() {
  auto client = SocketClient::connect(path_);
  if (!client) {
    return tl::unexpected(client.error());
  }
  client_.emplace(std::move(*client));
  n_acknowledged_ = 0;
  const std::size_t n_again = unacknowledged_.size();
  std::string again(kAskForAnswers);
  for (const std::string& event : unacknowledged_) {
    again += event;
  }
  if (Status sent = transmit(again); !sent) {
    client_.reset();
    return sent;
  }
  if (reported_away_) {
    reported_away_ = false;
    complain(fmt::format("connected again; {} events were sent again", n_again));
  }
  return {};
}

void Relay::send(std::string_view lines) {
  keep(lines);
  if (!client_) {
    static_cast<void>(connect());  // sends what was kept
    return;
  }
  if (const Status sent = transmit(lines); !sent) {
    lost_connection(sent.error().message);
  }
}

void Relay::turn() {
  if (client_) {
    const auto more = client_->receive(on_line());
    if (!more) {
      lost_connection(more.error().message);
    } else if (!*more) {
      lost_connection("the worker closed the connection");
    }
  } else if (waiting()) {
    static_cast<void>(connect());
  }
}

Status Relay::finish(std::chrono::milliseconds patience) {
  auto end = std::chrono::steady_clock::now() + patience;
  while (!unacknowledged_.empty()) {
    pollfd answers{fd(), POLLIN, 0};  // without a connection, a pause between two attempts
    const bool has_answers = ::poll(&answers, 1, kRetryMs) > 0;
    const std::size_t n_before = unacknowledged_.size();
    if (has_answers || !client_) {
      turn();
    }
    if (unacknowledged_.size() < n_before) {
      end = std::chrono::steady_clock::now() + patience;  // it continues
    } else if (std::chrono::steady_clock::now() >= end) {
      n_given_up_ += unacknowledged_.size();
      unacknowledged_.clear();
    }
  }
  client_.reset();
  if (n_given_up_ != 0) {
    return fail(fmt::format("{} of {} events were not acknowledged and are given up", n_given_up_,
                            n_sent_));
  }
  return {};
}

Status Relay::transmit(std::string_view bytes) { return client_->send(bytes, on_line()); }

SocketClient::OnLine Relay::on_line() {
  return [this](std::string_view line) {
    const auto answer = parse_worker_answer(line);
    if (!answer) {
      return;
    }
    const std::uint64_t now = answer->n_acknowledged.value_or(0);
    for (; n_acknowledged_ < now && !unacknowledged_.empty(); ++n_acknowledged_) {
      unacknowledged_.pop_front();
    }
    n_rejected_ += answer->n_rejected;
    if (!answer->error) {
      return;
    }
    if (answer->line) {  // of what terraform's lines became: the number helps nobody
      complain(fmt::format("an event was rejected: {}", *answer->error));
    } else if (answer->n_rejected != 0 ||
               !reported_away_) {  // the connection itself is reported once
      complain(*answer->error);
    }
  };
}

void Relay::keep(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    unacknowledged_.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end);
    ++n_sent_;
  }
  // Over a connection they are being acknowledged; the count must stay with the worker's.
  while (!client_ && unacknowledged_.size() > kMostWaiting) {
    unacknowledged_.pop_front();
    ++n_given_up_;
  }
}

void Relay::lost_connection(const std::string& why) {
  // Its last acknowledgements are still to be read.
  for (auto more = client_->receive(on_line()); more && *more;) {
    more = client_->receive(on_line());
  }
  client_.reset();
  if (!reported_away_) {
    reported_away_ = true;
    complain(why + "; its events are kept, and sent when the worker is back");
  }
}

}  // namespace ringside::cli
