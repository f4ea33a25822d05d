#pragma once
// Result<T>: how failures of the world (open, mmap, configuration) travel up. Outcomes (empty,
// lapped, refused) are enums of their own; bugs are RS_CHECK. See docs/architecture.md, "Three
// kinds of error".

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace ringside {

// An error, for a person: `message` reads "what: where: why", outermost context first.
struct Error {
  std::string message;
  int errno_value = 0;  // 0 where no system call was involved

  // Puts `what` in front of the message, as in "cannot open ring: /run/ringside/ring: No such file
  // or directory".
  [[nodiscard]] Error in_context(std::string_view what) const {
    return Error{std::string(what) + ": " + message, errno_value};
  }
};

template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message), 0});
}

// The same for a failed system call; reads errno, so call it first.
[[nodiscard]] inline tl::unexpected<Error> fail_errno(std::string_view what) {
  const int saved = errno;
  return tl::unexpected<Error>(Error{std::string(what) + ": " + std::strerror(saved), saved});
}

[[nodiscard]] inline tl::unexpected<Error> fail_from(const Error& error, std::string_view context) {
  return tl::unexpected<Error>(error.in_context(context));
}

}  // namespace ringside
