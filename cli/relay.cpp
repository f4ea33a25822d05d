// The program before us in the pipe is terraform, say, in the middle of changing things: when
// nobody reads what it writes, it dies of it. So whatever happens to the worker, its output is read
// to the end.
#include "cli/relay.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "cli/terminal.hpp"
#include "core/base/json.hpp"

namespace ringside::cli {
namespace {

constexpr std::string_view kHello = "{\"type\":\"hello\",\"ack\":true}\n";
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
  std::string again(kHello);
  for (const std::string& event : unacknowledged_) {
    again += event;
  }
  if (Status sent = transmit(again); !sent) {
    client_.reset();
    return sent;
  }
  if (told_) {
    told_ = false;
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
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!unacknowledged_.empty()) {
    if (!client_ && std::chrono::steady_clock::now() >= end) {
      n_given_up_ += unacknowledged_.size();
      unacknowledged_.clear();
      break;
    }
    if (!client_) {
      ::poll(nullptr, 0, kRetryMs);
    }
    turn();
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
    const auto answer = Json::parse(line);
    if (!answer) {
      return;
    }
    if (const auto ack = (*answer)["ack"].as_integer()) {
      const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(*ack, 0));
      for (; n_acknowledged_ < now && !unacknowledged_.empty(); ++n_acknowledged_) {
        unacknowledged_.pop_front();
      }
    }
    if (!(*answer)["error"].present()) {
      return;
    }
    const std::string_view why = (*answer)["message"].as_string().value_or("no reason given");
    if ((*answer)["line"].present()) {
      ++n_rejected_;
      complain(fmt::format("an event was rejected: {}", why));
    } else if (!told_) {  // the connection itself; it is closed next
      complain(why);
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
  // What it had acknowledged before it went is still to be read.
  for (auto more = client_->receive(on_line()); more && *more;) {
    more = client_->receive(on_line());
  }
  client_.reset();
  if (!told_) {
    told_ = true;
    complain(why + "; its events are kept, and sent when the worker is back");
  }
}

}  // namespace ringside::cli
