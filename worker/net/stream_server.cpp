// When the process has no more descriptors, the watch is paused: the socket stays readable, and the
// loop would spin.
#include "worker/net/stream_server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/log.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxAcceptsAtOnce = 64;
constexpr std::size_t kMaxAcceptsAtStop = 2048;  // more than the backlog of a UnixSocket

}  // namespace

StreamServer::StreamServer(uv_loop_t& loop, UnixSocket socket, OnConnection on_connection)
    : loop_(loop), socket_(std::move(socket)), on_connection_(std::move(on_connection)) {}

Status StreamServer::start() {
  auto watch = FdWatch::make(loop_, socket_.fd(), [this](FdEvents) { (void)accept_some(); });
  if (!watch) {
    return tl::unexpected(watch.error());
  }
  watch_ = std::move(*watch);
  return {};
}

std::size_t StreamServer::accept_some() {
  std::size_t n_accepted = 0;
  while (n_accepted < kMaxAcceptsAtOnce) {
    UniqueFd fd(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.valid()) {
      ++n_accepted;
      on_connection_(std::move(fd));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log::warn("cannot accept a connection: {}; trying again", std::strerror(errno));
      is_starved_ = true;
      watch_->wait_for(false, false);
      break;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      break;
    }
  }
  return n_accepted;
}

void StreamServer::retry_accepting() {
  if (watch_ != nullptr && std::exchange(is_starved_, false)) {
    watch_->wait_for(true, false);
  }
}

void StreamServer::stop() {
  if (watch_ == nullptr) {
    return;
  }
  for (std::size_t n = 0; n < kMaxAcceptsAtStop;) {
    const std::size_t n_accepted = accept_some();
    if (n_accepted == 0) {
      break;
    }
    n += n_accepted;
  }
  watch_.reset();
  socket_.close();
}

}  // namespace ringside
