// The loop's side: what the link reports becomes calls of LogEvents, unless it belongs to a connection or a subscription that
// is no longer the present one.
#include "worker/cluster/nats_log.hpp"

#include <utility>

#include "core/base/check.hpp"
#include "worker/cluster/nats_link.hpp"

namespace ringside::cluster {

void Unread::add(std::size_t n_bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || n_bytes_ < NatsLog::kMaxUnreadBytes; });
  n_bytes_ += n_bytes;
}

void Unread::remove(std::size_t n_bytes) {
  const std::lock_guard lock(mutex_);
  n_bytes_ -= n_bytes;
  changed_.notify_all();
}

void Unread::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

NatsLog::NatsLog(uv_loop_t* loop, NatsOptions options) {
  auto unread = std::make_shared<Unread>();
  auto mailbox =
      std::make_unique<Mailbox<Report>>(loop, [this, unread](std::vector<Report> reports) {
        for (Report& report : reports) {
          std::size_t n_bytes = 0;
          if (const auto* const followed = std::get_if<Report::Followed>(&report.what)) {
            n_bytes = followed->message.body.size();
          }
          take(report);
          unread->remove(n_bytes);
        }
      });
  link_ = std::make_unique<Link>(std::move(options), mailbox->slot(), std::move(unread));
  link_->mailbox = std::move(mailbox);
}

NatsLog::~NatsLog() = default;

void NatsLog::start(LogEvents& events) { events_ = &events; }

void NatsLog::follow(std::uint64_t after) { link_->ask(Link::Follow{after, ++following_}); }

void NatsLog::append(const LogMessage& message, std::uint64_t expected_last,
                     std::uint64_t attempt) {
  link_->ask(Link::Append{message, expected_last, attempt});
}

void NatsLog::find(std::uint64_t number) { link_->ask(Link::Find{number}); }

void NatsLog::share(std::string_view key, std::string_view value) {
  link_->ask(Link::Share{std::string(key), std::string(value)});
}

void NatsLog::take(Report& report) {
  if (events_ == nullptr || report.connection < connection_) {
    return;
  }
  if (auto* const up = std::get_if<Report::Up>(&report.what)) {
    connection_ = report.connection;
    server_name_ = std::move(up->server.name);
    server_version_ = std::move(up->server.version);
    events_->on_up(up->info);
  } else if (const auto* const alive = std::get_if<Report::Alive>(&report.what)) {
    events_->on_alive(alive->last, alive->leader, alive->asked);
  } else if (const auto* const down = std::get_if<Report::Down>(&report.what)) {
    server_name_.clear();
    server_version_.clear();
    events_->on_down(down->why);
  } else if (const auto* const refused = std::get_if<Report::Refused>(&report.what)) {
    events_->on_refused(refused->why);
  } else if (auto* const followed = std::get_if<Report::Followed>(&report.what)) {
    if (followed->following == following_) {
      events_->on_message(std::move(followed->message));
    }
  } else if (const auto* const appended = std::get_if<Report::Appended>(&report.what)) {
    events_->on_append(appended->attempt, appended->outcome);
  } else if (auto* const found = std::get_if<Report::Found>(&report.what)) {
    events_->on_found(found->number, std::move(found->message));
  } else if (const auto* const shared = std::get_if<Report::Shared>(&report.what)) {
    events_->on_shared(shared->key, shared->value);
  }
}

}  // namespace ringside::cluster
