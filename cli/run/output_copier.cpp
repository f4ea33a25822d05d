// When nobody reads the output any more, the pipe from the command is closed, so that the command
// learns it in the way that it would have without us: SIGPIPE at its next write.
#include "cli/run/output_copier.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace ringside::cli {
namespace {

// More than that was not in the pipe when the command ended.
constexpr std::size_t kMostAfterStop = 1U << 20U;

}  // namespace

Status OutputCopier::start() {
  stopping_.store(false, std::memory_order_relaxed);
  stopped_.store(false, std::memory_order_relaxed);
  std::uint64_t n_stops = 0;
  static_cast<void>(!::read(path_.stop.get(), &n_stops, sizeof n_stops));
  sigset_t all{};
  sigset_t before{};
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  Status started;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    stopped_.store(true, std::memory_order_relaxed);
    path_.from.reset();  // otherwise the command waits for a reader that does not exist
    started = fail(std::string("cannot start a thread: ") + error.what());
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

OutputCopier::~OutputCopier() {
  ask_to_stop();
  join();
}

void OutputCopier::ask_to_stop() {
  // SYNC(copier_stop): store
  stopping_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  static_cast<void>(!::write(path_.stop.get(), &one, sizeof one));
}

void OutputCopier::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool OutputCopier::has_stopped() const noexcept {
  // SYNC(copier_stopped): load
  return stopped_.load(std::memory_order_acquire);
}

// SYNC(copier_stop): load
bool OutputCopier::is_stopping() const noexcept {
  return stopping_.load(std::memory_order_acquire);
}

void OutputCopier::run() {
  copy();
  // SYNC(copier_stopped): store
  stopped_.store(true, std::memory_order_release);
  queue_.wake();
}

void OutputCopier::copy() {
  auto block = queue_.take_block();
  std::size_t n_after_stop = 0;
  for (;;) {
    const ssize_t n = read_some(block->bytes.get());
    if (n < 0) {
      path_.from.reset();
      return;
    }
    if (n == 0) {
      if (is_stopping()) {
        return;
      }
      pollfd ready[2] = {{path_.from.get(), POLLIN, 0}, {path_.stop.get(), POLLIN, 0}};
      ::poll(ready, 2, -1);
      continue;
    }
    const auto size = static_cast<std::size_t>(n);
    if (!reads_only_ && !write_all(block->bytes.get(), size)) {
      if (path_.stream != OutputStream::kBoth || ::isatty(path_.from.get()) == 0) {
        path_.from.reset();
        return;
      }
      reads_only_ = true;  // the session lives on without a terminal
    }
    queue_.push(std::move(block), size, path_.stream, system_clock().wall_now());
    block = queue_.take_block();
    n_after_stop += is_stopping() ? size : 0;
    if (n_after_stop > kMostAfterStop) {
      return;
    }
  }
}

ssize_t OutputCopier::read_some(char* to) const {
  for (;;) {
    const ssize_t n = ::read(path_.from.get(), to, OutputBlock::kBytes);
    if (n > 0) {
      return n;
    }
    if (n < 0 && errno == EINTR) {
      continue;
    }
    return n < 0 && errno == EAGAIN ? 0 : -1;  // EIO is the end of a pty
  }
}

bool OutputCopier::write_all(const char* bytes, std::size_t n) const {
  while (n > 0) {
    const ssize_t done = ::write(path_.to, bytes, n);
    if (done >= 0) {
      bytes += done;
      n -= static_cast<std::size_t>(done);
    } else if (errno == EAGAIN) {  // another process has made it so
      pollfd ready{path_.to, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace ringside::cli
