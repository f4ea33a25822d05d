// In raw mode Ctrl-C is a byte like any other, which the command's own terminal turns into a signal
// for the right process. Keys that the command does not read are not read here either.
#include "cli/run/outer_terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ringside::cli {
namespace {

constexpr char kEndOfInput = '\x04';  // Ctrl-D

}  // namespace

OuterTerminal::OuterTerminal(int inner, bool takes_input)
    : inner_(inner), takes_input_(takes_input && inner >= 0) {
  termios mode{};
  if (takes_input_ && ::tcgetattr(STDIN_FILENO, &mode) == 0) {
    before_ = mode;
    ::cfmakeraw(&mode);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
  }
}

void OuterTerminal::restore() noexcept {
  if (before_) {
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
    before_.reset();
  }
  takes_input_ = false;
}

void OuterTerminal::copy_size() const noexcept {
  winsize size{};
  if (inner_ >= 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    ::ioctl(inner_, TIOCSWINSZ, &size);
  }
}

pollfd OuterTerminal::keys() const noexcept {
  return {takes_input_ && unsent_.empty() ? STDIN_FILENO : -1, POLLIN, 0};
}

pollfd OuterTerminal::room() const noexcept { return {unsent_.empty() ? -1 : inner_, POLLOUT, 0}; }

void OuterTerminal::turn() {
  if (takes_input_ && unsent_.empty()) {
    pollfd ready = keys();
    if (::poll(&ready, 1, 0) == 1) {
      std::array<char, 1024> buffer;
      const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (n > 0) {
        unsent_.assign(buffer.data(), static_cast<std::size_t>(n));
      } else if (n == 0 || errno != EINTR) {
        unsent_.assign(1, kEndOfInput);
        takes_input_ = false;
      }
    }
  }
  if (!unsent_.empty()) {
    const ssize_t n = ::write(inner_, unsent_.data(), unsent_.size());
    if (n > 0) {
      unsent_.erase(0, static_cast<std::size_t>(n));
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
      unsent_.clear();  // the command's terminal is closed
      takes_input_ = false;
    }
  }
}

}  // namespace ringside::cli
